/** A service that makes tokens of Aliyun's AccessKeys: each request gets the next one, `token-1` first. */
export class AliyunTokenService implements AsyncDisposable {
  made = 0;
  status = 200;
  refusal = '{"Code":"InvalidAccessKeyId.NotFound"}';
  /** While set, requests get no answer. */
  answer: Promise<void> | undefined;
  expiresInMs = 86_400_000;
  nowMs = Date.now();
  readonly #server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async ({ url }) => {
    await this.answer;
    const { searchParams } = new URL(url);
    const keys = [...searchParams.keys()];
    if (searchParams.get("Signature") === null || keys.length !== 10) {
      return new Response("", { status: 400 });
    }
    if (this.status !== 200) {
      return new Response(this.refusal, { status: this.status });
    }
    const ExpireTime = Math.round((this.nowMs + this.expiresInMs) / 1_000);
    return Response.json({ Token: { ExpireTime, Id: `token-${++this.made}`, UserId: "1" } });
  });

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

import { assertEquals } from "@std/assert";
import { imageTypeOf } from "../../../lib/server/vision/image_type.ts";
import { readPhotoForm } from "../../../lib/server/vision/photo_form.ts";
import fc from "../../support/fast_check.ts";
import { bytesOf, formOf, IMAGES, photoParts } from "../../support/photo_upload.ts";
import { test } from "../../support/test.ts";

const TYPE = "multipart/form-data; boundary=----ESP32_CAMERA_BOUNDARY";
const bytes = (text: string) => bytesOf([text]);
const read = (text: string, type = "multipart/form-data; boundary=b") => readPhotoForm(bytes(text), type);

test("readPhotoForm: whatever bytes a photo has, they are the same bytes", () => {
  const content = fc.uint8Array({ maxLength: 300 });
  // Bytes that parts are parted by, in any order.
  const tricky = fc.array(fc.constantFrom("\r", "\n", "-", "--b", "\r\n--", "b", "\r\n--bb\r\n"), {
    maxLength: 20,
  })
    .map((pieces) => bytesOf(pieces))
    .filter((photo) => !/(^|\r\n)--b(--|\r\n)/.test(`\r\n${new TextDecoder("latin1").decode(photo)}\r\n--`));
  fc.assert(fc.property(fc.oneof(content, tricky), fc.string(), fc.boolean(), (photo, question, turned) => {
    const asked = question.replaceAll(/[\r\n-]/g, "");
    const parts = photoParts({ photo, question: asked });
    const form = readPhotoForm(
      formOf(turned ? parts.toReversed() : parts, "b"),
      "multipart/form-data; boundary=b",
    );
    assertEquals([form?.file, form?.question], [bytesOf([photo]), bytes(asked)]);
  }));
});

test("readPhotoForm: a form that is cut anywhere, or any other bytes, are none and throw nothing", () => {
  const whole = formOf(photoParts());
  // The last line break is nobody's.
  for (let length = 0; length < whole.length - 2; length++) {
    assertEquals(readPhotoForm(whole.subarray(0, length), TYPE), undefined, `${length} bytes`);
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), fc.string(), (noise, type) => {
    assertEquals(readPhotoForm(bytesOf([noise]), TYPE), undefined);
    readPhotoForm(bytesOf([noise]), `multipart/form-data; boundary=${type}`);
  }));
});

test("readPhotoForm: what stands before, odd heads and longer boundaries are borne", () => {
  const form = read(
    'preamble\r\n--bb\r\n--b\r\ncontent-disposition: form-data; filename="name=file"; name=question\r\n\r\nWhy?' +
      '\r\n--bc\r\n--b\r\n\r\nno head\r\n--b\r\nX: y\r\nContent-Disposition:form-data;name="file"\r\n\r\n' +
      "\r\n--b--\r\nafter",
  );
  assertEquals([form?.question, form?.file], [bytes("Why?\r\n--bc"), new Uint8Array()]);
  assertEquals(read("--b--"), {});
  for (const text of ["", "--b", "--b\r\n", "--b\r\n--b--", "--b\r\nhead alone\r\n--b--", "x--b--"]) {
    assertEquals(read(text), undefined, text);
  }
  const long = `--b\r\nX: ${"y".repeat(5_000)}\r\n\r\n.\r\n--b--`;
  assertEquals(read(long), undefined);
});

test("imageTypeOf: an image is what its first bytes say", () => {
  for (const [type, image] of Object.entries(IMAGES)) assertEquals(imageTypeOf(image), `image/${type}`);
  const none = [
    "",
    "\xff\xd8",
    "GIF88a..",
    "RIFF....WAVE....",
    "<svg>",
    "BM......",
    "%PDF-1.7",
    "\x89PNG\n\n",
  ];
  for (const text of none) {
    assertEquals(imageTypeOf(Uint8Array.from(text, (char) => char.charCodeAt(0))), undefined, text);
  }
});

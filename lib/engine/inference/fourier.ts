const MAX_RADIX = 5;

/** The complex discrete Fourier transform of one length, in place. The length has no prime factor above 5. */
export class Fourier {
  readonly #size: number;
  /** The radix of each stage, the one that joins single values first. */
  readonly #radices: readonly number[];
  /** Where each value of the input has to stand before the first stage. */
  readonly #order: Uint16Array;
  readonly #cosines: Float64Array;
  readonly #sines: Float64Array;
  readonly #scratch: Float64Array;
  readonly #turnedRe = new Float64Array(MAX_RADIX);
  readonly #turnedIm = new Float64Array(MAX_RADIX);

  /** Prepares transforms of `size` values. Throws a `RangeError` for a length with another prime factor. */
  constructor(size: number) {
    this.#size = size;
    this.#radices = radicesOf(size);
    const indices = Array.from({ length: size }, (_, index) => index);
    this.#order = Uint16Array.from(ordered(indices, this.#radices));
    this.#cosines = Float64Array.from(indices, (index) => Math.cos(2 * Math.PI * index / size));
    this.#sines = Float64Array.from(indices, (index) => Math.sin(2 * Math.PI * index / size));
    this.#scratch = new Float64Array(size);
  }

  /** Transforms the values with the real parts `re` and the imaginary parts `im`: sums over e^(-2 pi i j k / size). */
  transform(re: Float64Array, im: Float64Array): void {
    this.#permute(re);
    this.#permute(im);
    let joined = 1;
    for (const radix of this.#radices) {
      this.#stage(re, im, { radix, joined });
      joined *= radix;
    }
  }

  #permute(values: Float64Array): void {
    this.#scratch.set(values);
    const [order, scratch] = [this.#order, this.#scratch];
    for (let index = 0; index < order.length; index++) {
      values[index] = scratch[order[index] ?? 0] ?? 0;
    }
  }

  /** Joins every `radix` transforms of `joined` values each to one. No destructuring: this is most of the work. */
  #stage(
    re: Float64Array,
    im: Float64Array,
    { radix, joined }: { readonly radix: number; readonly joined: number },
  ): void {
    const size = this.#size;
    const cosines = this.#cosines;
    const sines = this.#sines;
    const turnedRe = this.#turnedRe;
    const turnedIm = this.#turnedIm;
    const length = radix * joined;
    const step = size / length;
    const root = size / radix;
    for (let offset = 0; offset < joined; offset++) {
      for (let start = offset; start < size; start += length) {
        for (let part = 0; part < radix; part++) {
          const at = start + part * joined;
          const angle = offset * part * step;
          const c = cosines[angle] ?? 0;
          const s = sines[angle] ?? 0;
          const x = re[at] ?? 0;
          const y = im[at] ?? 0;
          turnedRe[part] = x * c + y * s;
          turnedIm[part] = y * c - x * s;
        }
        for (let result = 0; result < radix; result++) {
          let sumRe = turnedRe[0] ?? 0;
          let sumIm = turnedIm[0] ?? 0;
          for (let part = 1, angle = result * root; part < radix; part++) {
            const c = cosines[angle] ?? 0;
            const s = sines[angle] ?? 0;
            const x = turnedRe[part] ?? 0;
            const y = turnedIm[part] ?? 0;
            sumRe += x * c + y * s;
            sumIm += y * c - x * s;
            angle += result * root;
            if (angle >= size) angle -= size;
          }
          re[start + result * joined] = sumRe;
          im[start + result * joined] = sumIm;
        }
      }
    }
  }
}

function radicesOf(size: number): readonly number[] {
  const radices: number[] = [];
  let rest = size;
  for (const radix of [5, 3, 4, 2]) {
    for (; rest % radix === 0 && rest > 1; rest /= radix) radices.push(radix);
  }
  if (rest !== 1) throw new RangeError(`Cannot transform ${size} values: it has a prime factor above 5`);
  return radices;
}

/** The indices in the order in which the stages join them. */
function ordered(indices: readonly number[], radices: readonly number[]): readonly number[] {
  const radix = radices.at(-1);
  if (radix === undefined) return indices;
  const parts = Array.from({ length: radix }, (_, part) => indices.filter((_, at) => at % radix === part));
  return parts.flatMap((part) => ordered(part, radices.slice(0, -1)));
}

// Noise on a clean image, and what a median filter and trained models make of it, all in the browser.

const KINDS = ["gaussian", "salt_and_pepper", "blocks"];
const CELL = 4; // height and width of a block, in pixels

// A generator of random numbers in [0, 1) that gives the same ones for the same seed (mulberry32).
function mulberry32(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

// All random numbers of one noise. Drawn once, so that the slider changes how strong the noise is and nothing else.
function drawNoise(seed, side) {
  const random = mulberry32(seed);
  const several = (count, one) => Float64Array.from({ length: count }, one);
  // Box and Muller (1958): two even random numbers make a normal one.
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return {
    normal: several(side * side, normal),
    hit: several(side * side, random),
    white: several(side * side, random),
    erased: several(Math.ceil(side / CELL) ** 2, random),
  };
}

// The same definitions as in course_lib.data.corrupt.
function corrupt(clean, kind, strength, { normal, hit, white, erased }, side) {
  const cells = Math.ceil(side / CELL);
  const cell = (n) => Math.floor(n / side / CELL) * cells + Math.floor((n % side) / CELL);
  const rules = {
    gaussian: (value, n) => Math.min(Math.max(value + strength * normal[n], 0), 1),
    salt_and_pepper: (value, n) => (hit[n] < strength ? Number(white[n] < 0.5) : value),
    blocks: (value, n) => (erased[cell(n)] < strength ? 0 : value),
  };
  return clean.map(rules[kind]);
}

// The middle one of a pixel and its eight neighbours; beyond the edge, the pixels of the edge are repeated.
function median(values, side) {
  const inside = (place) => Math.min(Math.max(place, 0), side - 1);
  const near = [-1, 0, 1];
  return values.map((_, n) => {
    const rows = near.map((step) => inside(Math.floor(n / side) + step));
    const columns = near.map((step) => inside((n % side) + step));
    const nine = rows.flatMap((row) => columns.map((column) => values[row * side + column]));
    return nine.sort((a, b) => a - b)[4];
  });
}

function psnr(values, clean) {
  const squares = clean.reduce((sum, value, n) => sum + (Math.min(Math.max(values[n], 0), 1) - value) ** 2, 0);
  return squares ? 10 * Math.log10(clean.length / squares) : Infinity;
}

function render({ model, el }) {
  const texts = model.get("texts");
  const page = speaker(model.get("language"));
  const side = model.get("side");
  const originals = images(model.get("images"), side);
  const denoisers = unpack(model.get("networks"), model.get("weights"));

  const box = named(make("div", el, { className: "course-explorer" }), "group", page.spoken(texts.noise_explorer));
  const controls = make("div", box, { className: "course-controls" });
  const image = choices(controls, page, texts.noise_image, model.get("names").map(written), (number) => {
    chosen.image = number;
    update();
  });
  const kinds = KINDS.map((kind) => (element) => page.say(element, texts[kind]));
  const kind = choices(controls, page, texts.noise_kind, kinds, (number) => {
    chosen.kind = number;
    update();
  });
  const chosen = { image: 0, kind: 0, strength: 0.3, seed: 1 };
  const range = { digits: 2, min: 0, max: 0.6, step: 0.05, value: chosen.strength };
  slider(controls, page, texts.noise_strength, range, (value) => {
    chosen.strength = value;
    update();
  });
  const again = (element) => page.say(element, texts.noise_again);
  button(controls, again, () => {
    chosen.seed += 1;
    random = drawNoise(chosen.seed, side);
    update();
  }).className = "course-reset";

  const shelf = make("div", box, { className: "course-shelf" });
  const show = (said) => {
    const figure = make("figure", shelf);
    const { draw } = picture(figure, side, page.spoken(said));
    const caption = make("figcaption", figure);
    page.say(make("div", caption), said);
    const quality = make("div", caption, { className: "course-psnr" });
    return (values, clean) => {
      draw(values);
      if (clean) quality.textContent = `PSNR ${psnr(values, clean).toFixed(1).replace("Infinity", "∞")} dB`;
    };
  };
  const [showClean, showNoisy, showMedian] = ["clean", "noisy", "median"].map((key) => show(texts[`noise_${key}`]));
  const showDenoised = model.get("titles").map(show);

  let random = drawNoise(chosen.seed, side);
  function update() {
    image.mark(chosen.image);
    kind.mark(chosen.kind);
    const clean = originals[chosen.image];
    const noisy = corrupt(clean, KINDS[chosen.kind], chosen.strength, random, side);
    showClean(clean);
    showNoisy(noisy, clean);
    showMedian(median(noisy, side), clean);
    denoisers.forEach((layers, number) => showDenoised[number](forward(layers, noisy, [1, side, side]), clean));
  }
  update();
}

export default { render };

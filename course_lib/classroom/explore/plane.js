// A GAN's game on a plane as a picture: the discriminator's surface, real and generated points, the pull on each.

const SIZE = 840; // pixels of the picture: twice what is shown, for sharp points
const FINE = 280; // of the discriminator's surface
const BANDS = 12;

// The colour of every level of probability from 0 (fake) to 255 (real), as a canvas keeps a pixel, in BANDS of one
// colour: between the two palest ones lies the border where the discriminator changes its mind.
function palette({ says_fake, unsure, says_real }) {
  const [fake, middle, real] = [says_fake, unsure, says_real].map((hex) =>
    [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)),
  );
  return Array.from({ length: 256 }, (_, level) => {
    const sure = (2 * Math.floor((level * BANDS) / 255.01)) / (BANDS - 1) - 1;
    const mixed = middle.map((value, part) => value + Math.abs(sure) * ((sure < 0 ? fake : real)[part] - value));
    const [red, green, blue] = mixed.map(Math.round);
    return (255 << 24) | (blue << 16) | (green << 8) | red;
  });
}

// What course_lib sent as one byte a number.
const bytesOf = ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength);

// draw({ surface, real, made, arrows }): D's opinion as side × side levels from 0 to 255, the points as pixels across
// and down, an arrow of each made point as pixels to the right and up; without surface or arrows, there are none.
function plane(parent, { spoken }, texts, colours, side) {
  const canvas = make("canvas", parent, { width: SIZE, height: SIZE });
  named(canvas, "img", spoken(texts.picture));
  const context = canvas.getContext("2d");
  const bands = palette(colours);

  // Grey levels, enlarged smoothly by the browser, and only then cut into bands.
  const [small, fine] = [side, FINE].map((size) => {
    const ground = Object.assign(document.createElement("canvas"), { width: size, height: size });
    return ground.getContext("2d", { willReadFrequently: true });
  });
  function drawSurface(surface) {
    const cells = small.createImageData(side, side);
    surface.forEach((level, cell) => cells.data.set([level, level, level, 255], 4 * cell));
    small.putImageData(cells, 0, 0);
    fine.drawImage(small.canvas, 0, 0, FINE, FINE);
    const ground = fine.getImageData(0, 0, FINE, FINE);
    const pixels = new Uint32Array(ground.data.buffer);
    pixels.forEach((grey, at) => (pixels[at] = bands[grey & 255]));
    fine.putImageData(ground, 0, 0);
    context.drawImage(fine.canvas, 0, 0, SIZE, SIZE);
  }
  function drawPoint([x, y], radius, colour) {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
  }
  function drawArrow([x, y], [right, up]) {
    const length = Math.hypot(right, up);
    if (length < 2) return; // no more than a blot
    context.moveTo(x, y);
    context.lineTo(x + right, y - up);
    const [h, v] = [right, up].map((part) => (part * Math.min(9, 0.5 * length)) / length);
    for (const bend of [-0.5, 0.5]) {
      context.moveTo(x + right, y - up);
      context.lineTo(x + right - h + bend * v, y - up + v + bend * h);
    }
  }
  function draw({ surface, real, made, arrows }) {
    context.fillStyle = "#fff";
    context.fillRect(0, 0, SIZE, SIZE);
    if (surface) drawSurface(surface);
    context.globalAlpha = 0.35;
    for (const point of real) drawPoint(point, 5, colours.real);
    context.globalAlpha = 1;
    if (arrows) {
      context.beginPath();
      made.forEach((point, row) => drawArrow(point, arrows[row]));
      Object.assign(context, { lineWidth: 2.5, strokeStyle: "#111" });
      context.stroke();
    }
    for (const point of made) {
      drawPoint(point, 8.5, "#fff"); // a white rim, so that each is seen on any ground
      drawPoint(point, 7, colours.made);
    }
  }
  return { canvas, context, draw };
}

// What the signs in the picture mean.
function legend(parent, { say }, texts, { real, made, says_fake, unsure, says_real }) {
  const box = make("div", parent, { className: "course-legend" });
  const signs = { real: ["faint", real], made: ["full", made], edge: ["half", made], pull: ["arrow", "none"] };
  for (const [key, [sign, colour]] of Object.entries(signs)) {
    const line = make("div", box, { className: "course-entry" });
    make("span", line, { className: `course-sign course-${sign}` }).style.setProperty("--colour", colour);
    say(line, texts[key]);
  }
  const scale = make("div", box);
  say(scale, texts.says_fake);
  make("span", scale, { className: "course-scale" }).style.background =
    `linear-gradient(90deg, ${says_fake}, ${unsure}, ${says_real})`;
  say(scale, texts.says_real);
}

// Two buttons that show and hide the surface and the arrows; returns {surface, arrows}: what is shown now.
function layers(parent, page, texts, changed) {
  const shown = { surface: true, arrows: true };
  const names = Object.keys(shown);
  const saying = (key) => (element) => page.say(element, texts[key]);
  const mark = () => names.forEach((key, number) => row.children[number].setAttribute("aria-pressed", shown[key]));
  const { row } = choices(parent, page, texts.show, names.map(saying), (number) => {
    shown[names[number]] = !shown[names[number]];
    mark();
    changed();
  });
  mark();
  return shown;
}

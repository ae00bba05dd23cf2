// Codes as points, each drawn as its own digit: the sign tells what it is, the colour only helps.

// The codes that course_lib.classroom.explore sent as whole numbers from 0 to 65535, between `low` and `high`.
function points(model) {
  const low = model.get("low");
  const high = model.get("high");
  const view = model.get("codes");
  const number = (row, axis) => view.getUint16(2 * (row * low.length + axis), true) / 65535;
  return Array.from({ length: view.byteLength / 2 / low.length }, (_, row) =>
    low.map((least, axis) => least + (high[axis] - least) * number(row, axis)),
  );
}

// How to draw point `row` with its middle at (x, y), in a size.
function signs(model, context) {
  const glyphs = model.get("glyphs");
  const colours = model.get("colours");
  const labels = model.get("labels");
  const font = (size) => (context.font = `600 ${size}px "DejaVu Sans", "Noto Sans Devanagari", Arial, sans-serif`);
  font(100);
  const sizes = glyphs.map((glyph) => context.measureText(glyph));
  const height = (size) => size.actualBoundingBoxAscent + size.actualBoundingBoxDescent;
  const tall = sizes.reduce((sum, size) => sum + height(size), 0) / sizes.length / 100;
  const grow = Math.min(0.74 / tall, 2); // Devanagari digits are small for their font size: as tall as Latin ones
  const shifts = sizes.map((size) => [
    (size.actualBoundingBoxLeft - size.actualBoundingBoxRight) / 200,
    (size.actualBoundingBoxAscent - size.actualBoundingBoxDescent) / 200,
  ]);
  let set = 0;
  return (row, x, y, size) => {
    const label = labels.getUint8(row);
    const [right, down] = shifts[label];
    const grown = Math.round(size * grow);
    if (set !== grown) font((set = grown)); // setting a font costs more than writing a digit
    context.fillStyle = colours[label % colours.length];
    context.fillText(glyphs[label], x + right * grown, y + down * grown);
  };
}

// A square canvas, white on every page as the course's figures are: half of the digits' colours vanish on black.
function paper(parent, name, size) {
  const canvas = make("canvas", parent, { className: "course-paper", width: size, height: size });
  named(canvas, "application", name); // arrow keys belong to it; the sliders beside it do the same and tell values
  const context = canvas.getContext("2d");
  const clear = () => {
    context.fillStyle = "#fff";
    context.fillRect(0, 0, size, size);
    context.textAlign = "center";
    context.textBaseline = "middle";
  };
  const line = (x, y, right, down, width, colour) => {
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(right, down);
    context.lineWidth = width;
    context.strokeStyle = colour;
    context.stroke();
  };
  // White under dark, so that it is seen among the digits.
  const cross = (x, y) => {
    for (const [width, colour, arm] of [[12, "#fff", 27], [5, "#000", 24]]) {
      line(x - arm, y, x + arm, y, width, colour);
      line(x, y - arm, x, y + arm, width, colour);
    }
  };
  return { canvas, context, clear, line, cross };
}

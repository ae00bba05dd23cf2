// A pad to write a digit on with a finger, a pen or a mouse.

const PAD = 196;
const PEN = 16;

// Strokes in MNIST's form: the longer side 20 pixels long, the centre of mass at pixel (14, 14) of 28 × 28. Drawn
// anew with a pen as thick as MNIST's, so that neither the size of the drawing nor its place on the pad counts.
function likeMnist(strokes, side) {
  const pen = (2.4 * side) / 28;
  const long = (20 * side) / 28 - pen;
  const [x, y] = [0, 1].map((axis) => strokes.flat().map((place) => place[axis]));
  const [left, right, top, bottom] = [Math.min(...x), Math.max(...x), Math.min(...y), Math.max(...y)];
  const scale = long / Math.max(right - left, bottom - top, PEN); // a dot stays a dot
  const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const ink = (across, down) => {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, side, side);
    context.setTransform(scale, 0, 0, scale, across, down);
    trace(context, strokes, pen / scale);
    const { data } = context.getImageData(0, 0, side, side);
    return Float32Array.from({ length: side * side }, (_, n) => data[4 * n + 3] / 255);
  };
  const offset = [side / 2 - (scale * (left + right)) / 2, side / 2 - (scale * (top + bottom)) / 2];
  const values = ink(...offset);
  const mass = values.reduce((sum, value) => sum + value, 0);
  const centre = (place) => values.reduce((sum, value, n) => sum + value * (place(n) + 0.5), 0) / mass;
  const middle = side / 2 + 0.5; // the middle of pixel 14
  return ink(offset[0] + middle - centre((n) => n % side), offset[1] + middle - centre((n) => Math.floor(n / side)));
}

function trace(context, strokes, width, colour = "#fff") {
  Object.assign(context, { lineWidth: width, lineCap: "round", lineJoin: "round", strokeStyle: colour });
  for (const [[x, y], ...rest] of strokes) {
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x + 0.01, y); // a touch without a move leaves a dot
    for (const place of rest) context.lineTo(...place);
    context.stroke();
  }
}

// Calls begun() with the first stroke of a digit, and wrote(pixels) after every stroke; clear() wipes the pad.
function drawingPad(parent, side, name, begun, wrote) {
  const canvas = make("canvas", parent, { className: "course-pad", width: PAD, height: PAD });
  const context = named(canvas, "img", name).getContext("2d");
  let strokes = [];
  const clear = () => {
    strokes = [];
    context.clearRect(0, 0, PAD, PAD);
  };
  dragged(
    canvas,
    (place, first) => {
      if (first && !strokes.length) begun(); // a digit that was picked gives way to the drawing
      if (first || !strokes.length) strokes.push([]); // a second finger may have cleared the pad meanwhile
      strokes.at(-1).push(place);
      trace(context, [strokes.at(-1).slice(-2)], PEN);
    },
    () => strokes.length && wrote(likeMnist(strokes, side)),
  );
  return { clear };
}

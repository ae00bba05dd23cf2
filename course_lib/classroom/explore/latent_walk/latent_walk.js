// A map of two-number codes to walk on, and a pad to draw a digit that is encoded; all in the browser.

const MAP = 840; // pixels of the map's canvas: twice what is shown, for sharp digits
const AREA = { left: 84, right: 826, top: 14, bottom: 774 }; // where the codes lie; the rest is for the ticks
const INK = "#333";

// Places of about five ticks, at round numbers.
function ticks(low, high) {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, n) => (first + n) * step);
}

function render({ model, el }) {
  const texts = model.get("texts");
  const page = speaker(model.get("language"));
  const side = model.get("side");
  const symbol = model.get("symbol");
  const [encoder, decoder] = unpack(model.get("networks"), model.get("weights"));
  const used = model.get("used"); // the networks know only these pixels; all others stay black
  const codes = points(model);
  const picks = images(model.get("picks"), side);
  // A margin around the codes, so that the outermost digits are not cut and one can step beyond them.
  const [low, high] = [-1, 1].map((way) =>
    model.get("low").map((least, axis) => {
      const most = model.get("high")[axis];
      return (way < 0 ? least : most) + way * Math.max(0.06 * (most - least), 1e-3);
    }),
  );
  const across = (value) => AREA.left + ((AREA.right - AREA.left) * (value - low[0])) / (high[0] - low[0]);
  const upward = (value) => AREA.bottom - ((AREA.bottom - AREA.top) * (value - low[1])) / (high[1] - low[1]);
  const within = (value, axis) => Math.min(Math.max(value, low[axis]), high[axis]);

  const box = named(make("div", el, { className: "course-explorer" }), "group", page.spoken(texts.walk_explorer));
  const left = make("div", box, { className: "course-controls course-wide" });
  const map = paper(left, page.spoken(texts.walk_map), MAP);
  page.say(make("div", left, { className: "course-note" }), texts.walk_legend);
  const sliders = ["first", "second"].map((key, axis) => {
    const digits = Math.max(0, 2 - Math.floor(Math.log10(high[axis] - low[axis])));
    const step = 10 ** -digits * Math.max(1, Math.round((10 ** digits * (high[axis] - low[axis])) / 100));
    // Not from the edge itself: a slider stops only at its least value plus whole steps.
    const range = { suffix: ` (${symbol}${"₁₂"[axis]})`, digits, step, min: step * Math.ceil(low[axis] / step), max: high[axis], value: 0 };
    return slider(left, page, texts[`walk_${key}`], range, (value) => walk(axis, value));
  });

  const right = make("div", box, { className: "course-controls" });
  const show = (parent, said, properties) => {
    const figure = make("figure", parent, properties);
    const { draw } = picture(figure, side, page.spoken(said));
    page.say(make("figcaption", figure), said);
    return draw;
  };
  const showDecoded = show(right, texts.walk_drawn, { className: "course-large" });
  page.say(make("div", right), texts.walk_pad);
  const row = make("div", right, { className: "course-row course-top" });
  const pad = drawingPad(row, side, page.spoken(texts.walk_pad), forget, encode);
  const showSeen = show(row, texts.walk_seen);
  const clear = (element) => page.say(element, texts.walk_clear);
  button(right, clear, () => {
    forget();
    update();
  }).className = "course-reset";
  const { mark } = choices(right, page, texts.walk_pick, model.get("names").map(written), (number) => {
    forget();
    mark(number);
    encode(picks[number]);
  });

  // The map without the point, drawn once: a thousand digits need not be written at every move.
  const backdrop = document.createElement("canvas");
  function drawMap() {
    map.clear();
    Object.assign(map.context, { fillStyle: INK, font: '22px "DejaVu Sans", Arial, sans-serif' });
    const ends = [AREA.left, AREA.top, AREA.right, AREA.bottom];
    for (const value of ticks(low[0], high[0])) {
      map.line(across(value), ends[1], across(value), ends[3], 1.5, "#ddd");
      map.context.fillText(String(Number(value.toPrecision(6))), across(value), ends[3] + 18);
    }
    map.context.textAlign = "right";
    for (const value of ticks(low[1], high[1])) {
      map.line(ends[0], upward(value), ends[2], upward(value), 1.5, "#ddd");
      map.context.fillText(String(Number(value.toPrecision(6))), ends[0] - 8, upward(value));
    }
    map.context.textAlign = "center";
    map.line(ends[0], ends[3], ends[2], ends[3], 2, INK);
    map.line(ends[0], ends[1], ends[0], ends[3], 2, INK);
    map.context.font = 'italic 26px "DejaVu Serif", Georgia, serif';
    map.context.fillText(`${symbol}₁`, (ends[0] + ends[2]) / 2, ends[3] + 48);
    map.context.fillText(`${symbol}₂`, 22, (ends[1] + ends[3]) / 2);
    const draw = signs(model, map.context);
    codes.forEach(([x, y], number) => draw(number, across(x), upward(y), 23));
    Object.assign(backdrop, { width: MAP, height: MAP }).getContext("2d").drawImage(map.canvas, 0, 0);
  }
  // As the cross: white under dark.
  function drawRing([x, y]) {
    for (const [width, colour] of [[12, "#fff"], [5, "#000"]]) {
      map.context.beginPath();
      map.context.arc(across(within(x, 0)), upward(within(y, 1)), 22, 0, 2 * Math.PI);
      Object.assign(map.context, { lineWidth: width, strokeStyle: colour });
      map.context.stroke();
    }
  }

  let code = codes[0].slice();
  let encoded = null;
  function update() {
    map.context.drawImage(backdrop, 0, 0);
    if (encoded) drawRing(encoded);
    map.cross(across(within(code[0], 0)), upward(within(code[1], 1))); // at the edge where it lies beyond the map
    map.canvas.dataset.code = code.join(" ");
    sliders.forEach(({ set }, axis) => set(code[axis]));
    const decoded = new Float32Array(side * side);
    forward(decoder, code).forEach((value, n) => (decoded[used[n]] = value));
    showDecoded(decoded);
  }
  function walk(axis, value) {
    code[axis] = value;
    update();
  }
  function encode(values) {
    showSeen(values);
    encoded = [...forward(encoder, used.map((n) => values[n]))];
    code = encoded.slice();
    update();
  }
  function forget() {
    pad.clear();
    encoded = null;
    mark(-1);
    showSeen(new Float32Array(side * side));
  }
  dragged(map.canvas, ([x, y]) => {
    code[0] = within(low[0] + ((x - AREA.left) / (AREA.right - AREA.left)) * (high[0] - low[0]), 0);
    code[1] = within(low[1] + ((AREA.bottom - y) / (AREA.bottom - AREA.top)) * (high[1] - low[1]), 1);
    update();
  });
  steered(map.canvas, (...way) => {
    const step = (axis) => (way[axis] * (high[axis] - low[axis])) / 50;
    code = code.map((value, axis) => (way[axis] ? within(value + step(axis), axis) : value));
    update();
  });
  forget();
  drawMap();
  update();
}

export default { render };

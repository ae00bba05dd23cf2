// The first thing a visitor sees: a digit that follows one finger, drawn by the decoder of lesson 05 in the page itself.

const REACH = 2.6; // the prior is a standard normal: beyond this there is little to see
const STEP = 0.15; // of an arrow key
const NEAR = 9; // so many digits of the map around a place say what it is
const TOUR = [7, 3, 8, 6]; // until someone moves the digit, it goes this way once
const PACE = 1100; // milliseconds from one digit to the next

function render({ model, el }) {
  const texts = model.get("texts");
  const page = speaker(model.get("language"));
  const side = model.get("side");
  const [decoder] = unpack(model.get("networks"), model.get("weights"));
  const used = model.get("used"); // the decoder knows only these pixels; all others stay black
  const codes = points(model);
  const labels = model.get("labels");

  const box = named(make("div", el, { className: "course-explorer" }), "group", page.spoken(texts.explorer));
  const { canvas, draw } = picture(box, side, page.spoken(texts.digit));
  canvas.setAttribute("role", "application"); // the arrow keys belong to it
  const told = make("p", box, { className: "course-told" });
  const names = [...Array(10).keys()];
  const { mark } = choices(box, page, texts.pick, names.map((digit) => written(String(digit))), (digit) => {
    heard();
    glide([digit]);
    mark(digit);
  });

  // How many of the digits next to a place of the map are a 0, a 1, …
  function votes(place) {
    const far = codes.map(([x, y], row) => [(x - place[0]) ** 2 + (y - place[1]) ** 2, labels.getUint8(row)]);
    far.sort(([one], [other]) => one - other);
    return names.map((digit) => far.slice(0, NEAR).filter(([, label]) => label === digit).length);
  }
  // Where the map is most of all this digit.
  function home(digit) {
    const own = codes.filter((_, row) => labels.getUint8(row) === digit);
    const agree = own.map((place) => votes(place)[digit]);
    return own[agree.indexOf(Math.max(...agree))];
  }

  let code;
  let said;
  function go(place) {
    code = place.map((value) => Math.min(Math.max(value, -REACH), REACH));
    canvas.dataset.code = code.join(" ");
    const decoded = new Float32Array(side * side);
    forward(decoder, code).forEach((value, n) => (decoded[used[n]] = value));
    draw(decoded);
    const around = votes(code);
    const [a, b] = [...names].sort((one, other) => around[other] - around[one]);
    const which = around[a] > 2 * around[b] ? "one" : "two";
    if (said === (said = [which, a, b].join())) return;
    told.replaceChildren();
    const fill = (text) => text.replace("{a}", a).replace("{b}", b);
    page.say(told, { hi: fill(texts[which].hi), en: fill(texts[which].en) });
  }

  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let trip = 0;
  function glide([digit, ...rest], began = performance.now()) {
    const [from, to, own] = [code, home(digit), ++trip];
    const frame = (now) => {
      if (own !== trip) return; // someone moved the digit meanwhile
      const share = calm ? 1 : Math.min(Math.max((now - began) / PACE, 0), 1);
      go(from.map((value, axis) => value + share * (to[axis] - value)));
      if (share < 1) requestAnimationFrame(frame);
      else if (rest.length) glide(rest, began + PACE); // a busy phone does not make the way longer
    };
    requestAnimationFrame(frame);
  }
  function heard() {
    trip++;
    told.setAttribute("role", "status"); // from now on a screen reader follows; the tour would only talk over it
    mark(-1);
  }
  const inside = canvas.width / (2 * REACH);
  dragged(canvas, ([x, y]) => {
    heard();
    go([x / inside - REACH, REACH - y / inside]);
  });
  steered(canvas, (right, up) => {
    heard();
    go([code[0] + right * STEP, code[1] + up * STEP]);
  });

  go(codes[0]);
  if (!calm) glide(TOUR);
}

export default { render };

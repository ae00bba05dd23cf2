// Noughts and crosses against a player that decides from a code, or against one that searches; all in the browser.

const THREES = [[0, 1, 2], [3, 4, 5], [6, 7, 8], [0, 3, 6], [1, 4, 7], [2, 5, 8], [0, 4, 8], [2, 4, 6]];
const SIGNS = ["", "✕", "◯"];
const PLACES = [...Array(9).keys()];

// A board as the one to move sees it: 0 free, 1 mine, 2 the other's; as course_lib.data.noughts_and_crosses keeps it.
const free = (board) => PLACES.filter((place) => !board[place]);
const after = (board, square) => board.map((sign, place) => [0, 2, 1][place === square ? 1 : sign]);
const lost = (board) => THREES.some((line) => line.every((place) => board[place] === 2));
const known = new Map();
function value(board) {
  const key = board.join("");
  if (!known.has(key)) known.set(key, lost(board) ? -1 : Math.max(...replies(board), free(board).length ? -1 : 0));
  return known.get(key);
}
const replies = (board) => free(board).map((square) => -value(after(board, square)));
const rightMoves = (board) => free(board).filter((square) => -value(after(board, square)) === value(board));

const filled = (said, values) =>
  Object.fromEntries(Object.entries(said).map(([code, s]) => [code, s.replace(/{(\w+)}/g, (_, key) => values[key])]));

function render({ model, el }) {
  const texts = ownTexts(model, "nac_");
  const page = speaker(model.get("language"));
  const [encoder, decoder, player] = unpack(model.get("networks"), model.get("weights"));

  const box = named(make("div", el, { className: "course-explorer" }), "group", page.spoken(texts.explorer));
  const left = make("div", box, { className: "course-controls course-game" });
  const grid = named(make("div", left, { className: "course-board" }), "group", page.spoken(texts.board));
  const squares = PLACES.map((place) => {
    const square = keepKeys(button(grid, () => {}, () => mine(place)));
    square.addEventListener("keydown", (event) => moveFocus(event, place));
    return square;
  });
  const status = make("div", left, { className: "course-verdict" });
  status.setAttribute("role", "status");
  const told = make("div", left, { className: "course-told" });
  told.setAttribute("aria-live", "polite");
  const begin = (element) => page.say(element, texts.start);
  button(left, begin, () => start()).className = "course-reset";
  const saying = (key) => (element) => page.say(element, texts[key]);
  const opponents = choices(left, page, texts.opponent, ["from_code", "perfect"].map(saying), (number) => {
    game.perfect = number === 1;
    start();
  });
  const beginners = choices(left, page, texts.begin, ["you", "machine"].map(saying), (number) => {
    game.first = number === 0;
    start();
  });
  const tally = make("div", left, { className: "course-note" });

  const right = make("div", box, { className: "course-controls" });
  page.say(make("div", right), texts.code);
  const code = named(make("ol", right, { className: "course-code" }), "list", page.spoken(texts.code));
  page.say(make("div", right), texts.memory);
  const memory = named(make("div", right, { className: "course-board course-memory" }), "img", page.spoken(texts.memory));
  const cells = PLACES.map(() => make("span", memory));
  const remembered = make("div", right, { className: "course-note" });

  // marks: what lies on the board, 1 the student's, 2 the machine's
  const game = { marks: Array(9).fill(0), first: true, perfect: false, over: false, results: [0, 0, 0] };
  // Whoever begins draws crosses.
  const sign = (mark) => SIGNS[mark && (mark === 1) === game.first ? 1 : mark ? 2 : 0];
  const name = (mark) => texts[["free", "cross", "nought"][SIGNS.indexOf(sign(mark))]];
  const seenByMachine = () => game.marks.map((mark) => [0, 2, 1][mark]);

  function moveFocus(event, place) {
    const ways = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -3, ArrowDown: 3 };
    if (!(event.key in ways) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault(); // the page must not scroll away
    const sideways = Math.abs(ways[event.key]) === 1;
    const next = place + ways[event.key];
    if (next < 0 || next > 8 || (sideways && Math.floor(next / 3) !== Math.floor(place / 3))) return;
    squares[next].focus();
  }
  function think(board) {
    const numbers = forward(encoder, board.flatMap((mark) => [0, 1, 2].map((kind) => Number(mark === kind))));
    const scores = forward(player, numbers);
    const best = free(board).reduce((best, square) => (scores[square] > scores[best] ? square : best), free(board)[0]);
    return { numbers, best, rebuilt: PLACES.map((place) => largest(forward(decoder, numbers).slice(3 * place, 3 * place + 3))) };
  }
  const largest = (scores) => scores.indexOf(Math.max(...scores));
  function showCode(board, { numbers, rebuilt }) {
    const longest = Math.max(...numbers.map(Math.abs), 1e-9);
    code.replaceChildren();
    numbers.forEach((number) => {
      const item = make("li", code);
      const bar = make("span", item, { className: "course-number-bar" });
      bar.setAttribute("aria-hidden", "true"); // the number beside it says the same
      const width = (50 * Math.abs(number)) / longest;
      Object.assign(make("span", bar).style, { width: `${width}%`, left: `${number < 0 ? 50 - width : 50}%` });
      make("span", item, { className: "course-value", textContent: number.toFixed(2) });
    });
    const wrong = PLACES.filter((place) => rebuilt[place] !== board[place]);
    cells.forEach((cell, place) => {
      cell.textContent = sign([0, 2, 1][rebuilt[place]]);
      cell.classList.toggle("course-wrong", wrong.includes(place));
    });
    remembered.replaceChildren();
    page.say(remembered, wrong.length ? filled(texts.wrong, { n: wrong.length }) : texts.whole);
  }
  function machine() {
    const board = seenByMachine();
    const thought = think(board);
    const good = rightMoves(board);
    const square = game.perfect ? good[Math.floor(Math.random() * good.length)] : thought.best;
    game.marks[square] = 2;
    game.last = square;
    showCode(board, thought);
    told.replaceChildren();
    page.say(told, good.includes(square) ? texts.right_move : texts.erred);
    told.classList.toggle("course-problem", !good.includes(square));
    conclude();
  }
  function mine(place) {
    if (game.over || game.marks[place]) return;
    game.marks[place] = 1;
    game.last = place;
    conclude();
    if (!game.over) machine();
    squares[place].focus();
  }
  function conclude() {
    const won = [1, 2].map((mark) => THREES.some((line) => line.every((place) => game.marks[place] === mark)));
    const ended = won[0] ? "won" : won[1] ? "lost" : game.marks.includes(0) ? "turn" : "drawn";
    game.over = ended !== "turn";
    if (game.over) game.results[["won", "drawn", "lost"].indexOf(ended)] += 1;
    status.replaceChildren();
    page.say(status, texts[ended]);
    draw();
  }
  function draw() {
    squares.forEach((square, place) => {
      square.textContent = sign(game.marks[place]);
      square.classList.toggle("course-last", place === game.last);
      const at = { row: Math.floor(place / 3) + 1, column: (place % 3) + 1 };
      square.setAttribute("aria-label", page.spoken(joined(filled(texts.square, at), name(game.marks[place]))));
      square.setAttribute("aria-disabled", game.over || game.marks[place] > 0);
    });
    opponents.mark(Number(game.perfect));
    right.style.display = game.perfect ? "none" : ""; // the perfect player needs no code
    beginners.mark(Number(!game.first));
    tally.replaceChildren();
    const [won, drawn, lostGames] = game.results;
    page.say(tally, filled(texts.tally, { won, drawn, lost: lostGames }));
  }
  const joined = (first, second) => ({ hi: `${first.hi}: ${second.hi}`, en: `${first.en}: ${second.en}` });
  function start() {
    Object.assign(game, { marks: Array(9).fill(0), over: false, last: -1 });
    told.replaceChildren();
    told.classList.remove("course-problem");
    if (game.first) {
      const board = seenByMachine();
      showCode(board, think(board));
      conclude();
    } else machine();
  }
  start();
}

export default { render };

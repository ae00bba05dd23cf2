// The worker's side of training in the page: it trains in slices, listens between them, and reports how it goes.

const SLICE = 40; // milliseconds between two looks at what the page has asked
const REPORT = 250; // milliseconds of training from report to report, or more where a report itself takes long

// A run has step(), which returns the loss; report(), what the page shows; change(settings) while it goes on; and, for
// whatever else the page asks by name, a method of that name.
function serve(Run) {
  let run, data, turn, playing, drawn, steps, loss, losses, told, worked, cost;
  let waiting = null; // settings of the next run: a slider that is dragged asks for more runs than a phone can begin

  function report() {
    const begun = performance.now();
    if (losses.length) loss = losses.reduce((sum, one) => sum + one, 0) / losses.length;
    postMessage({ ...run.report(), turn, steps, loss, playing, speed: worked ? (1000 * steps) / worked : 0 });
    [losses, drawn, told] = [[], false, worked];
    cost = performance.now() - begun;
  }

  function begin() {
    if (!waiting) return;
    run = new Run(waiting, data);
    turn = waiting.turn;
    [waiting, steps, loss, losses, worked] = [null, 0, null, [], 0];
    report();
  }

  function train(until) {
    const begun = performance.now();
    do {
      losses.push(run.step());
      steps++;
    } while (performance.now() < begun + until);
    worked += performance.now() - begun;
  }

  function slice() {
    if (!playing) return;
    train(SLICE);
    if (drawn && worked > told + Math.max(REPORT, 4 * cost)) report();
    setTimeout(slice); // what the page asked meanwhile comes first
  }

  const answers = {
    data: (sent) => (data = sent),
    reset: (settings) => {
      if (!waiting) setTimeout(begin);
      [waiting, playing] = [settings, false];
    },
    play: (on) => {
      const begins = on && !playing;
      playing = on;
      if (begins) slice();
      else report();
    },
    step: () => {
      playing = false;
      train(0);
      report();
    },
    change: (settings) => run.change(settings),
    drawn: () => (drawn = true), // a report that the page has not drawn yet would only wait in line
  };
  onmessage = ({ data: [asked, sent] }) => {
    if (asked !== "reset") begin();
    if (asked in answers) answers[asked](sent);
    else postMessage({ answer: asked, ...run[asked](sent) });
  };
}

// course_lib.models.seq2seq in the browser: one GRU reads, another one writes and looks back at what was read.

const [START, END] = [1, 2]; // as in course_lib.models.seq2seq

// An embedding travels as a dense layer with a row for each token.
const vector = ({ inputs, weights }, token) => weights.subarray(token * inputs, (token + 1) * inputs);
const joined = (first, second) => Float32Array.from([...first, ...second]);

function softmax(scores) {
  const largest = Math.max(...scores); // taken away, so that no power becomes infinite
  const powers = scores.map((score) => Math.exp(score - largest));
  const sum = powers.reduce((all, power) => all + power, 0);
  return powers.map((power) => power / sum);
}

// One step of PyTorch's nn.GRU: rows for the reset gate, the update gate and the new state, one group after the other,
// from the input as from the old state, each with biases of its own.
function gru(fromInput, fromState, input, state) {
  const width = state.length;
  const [come, kept] = [forward([fromInput], input), forward([fromState], state)];
  return state.map((old, n) => {
    const reset = ACTIVATIONS.sigmoid(come[n] + kept[n]);
    const update = ACTIVATIONS.sigmoid(come[width + n] + kept[width + n]);
    const fresh = Math.tanh(come[2 * width + n] + reset * kept[2 * width + n]);
    return (1 - update) * fresh + update * old;
  });
}

// source: tokens, END last. Always takes the most probable token, until END or `longest` tokens; returns for each one
// {token, probabilities of all tokens, looks: the attention on each token of the source}.
function greedy(layers, source, longest) {
  const [readEmbed, readInput, readState, writeEmbed, writeInput, writeState, query, mix, out] = layers;
  let state = new Float32Array(readState.inputs);
  const states = source.map((token) => (state = gru(readInput, readState, vector(readEmbed, token), state)));
  const summary = state;
  const steps = [];
  for (let token = START; token !== END && steps.length < longest; ) {
    state = gru(writeInput, writeState, joined(vector(writeEmbed, token), summary), state);
    const asked = forward([query], state);
    const match = (one) => one.reduce((sum, value, n) => sum + value * asked[n], 0) / Math.sqrt(asked.length);
    const looks = softmax(states.map(match));
    const context = state.map((_, n) => looks.reduce((sum, look, place) => sum + look * states[place][n], 0));
    const probabilities = softmax(forward([out], forward([mix], joined(state, context))));
    token = probabilities.indexOf(Math.max(...probabilities));
    steps.push({ token, probabilities, looks });
  }
  return steps;
}

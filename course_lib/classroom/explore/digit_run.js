// What the runs share that train on digits: the batches.

const PIXELS = 784;
const HIDDEN = 128;
const BATCH = 32;

class DigitRun {
  constructor({ lr, seed }, { train, test }) {
    Object.assign(this, { lr, train, test, random: randomNumbers(seed), order: [], at: 0 });
  }

  // The next images, at most BATCH; each comes once an epoch, in an order drawn anew.
  batch() {
    if (this.at >= this.order.length) {
      this.order = this.random.order(this.train.length / PIXELS);
      this.at = 0;
    }
    const rows = this.order.subarray(this.at, this.at + BATCH);
    this.at += rows.length;
    const x = new Float32Array(rows.length * PIXELS);
    rows.forEach((number, row) => x.set(this.train.subarray(number * PIXELS, (number + 1) * PIXELS), row * PIXELS));
    return x;
  }
}

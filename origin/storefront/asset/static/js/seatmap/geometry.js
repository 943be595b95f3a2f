// Finding seats by where they stand. Pure.

/** Index for nearest(): seats in square cells. */
export function gridOf(seats, cell) {
  const cells = new Map();
  for (const seat of seats) {
    const key = `${Math.floor(seat.x / cell)},${Math.floor(seat.y / cell)}`;
    if (!cells.has(key)) cells.set(key, []);
    cells.get(key).push(seat);
  }
  return { cell, cells };
}

/** The seat nearest to a point, at most reach away, or null. */
export function nearest({ cell, cells }, { x, y }, reach) {
  let best = null, least = reach;
  const from = (v) => Math.floor((v - reach) / cell), to = (v) => Math.floor((v + reach) / cell);
  for (let i = from(x); i <= to(x); i++) {
    for (let j = from(y); j <= to(y); j++) {
      for (const seat of cells.get(`${i},${j}`) ?? []) {
        const d = Math.hypot(seat.x - x, seat.y - y);
        if (d <= least) [best, least] = [seat, d];
      }
    }
  }
  return best;
}

const ways = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1] };

/**
 * The seat that an arrow key leads to from seat, or null at the edge of the house. Sideways it is the neighbour in
 * the row; where the row ends, the nearest seat further that way. Up and down it is the nearest seat of another row,
 * straight ahead before aside. With accept, only seats that it takes count.
 */
export function neighbour(plan, seat, way, accept) {
  const [dx, dy] = ways[way];
  if (dx !== 0) {
    const { seats } = plan.rows[seat.rowIndex];
    for (let i = seat.place + dx; i >= 0 && i < seats.length; i += dx) {
      if (!accept || accept(seats[i])) return seats[i];
    }
  }
  let best = null, least = Infinity;
  for (const other of plan.seats) {
    if (other.rowIndex === seat.rowIndex) continue;
    const along = (other.x - seat.x) * dx + (other.y - seat.y) * dy;
    const aside = Math.abs((other.x - seat.x) * dy) + Math.abs((other.y - seat.y) * dx);
    if (along <= plan.spacing * 0.2 || (dx !== 0 && aside > along * 2)) continue;
    const cost = along + aside * 2;
    if (cost < least && (!accept || accept(other))) {
      best = other;
      least = cost;
    }
  }
  return best;
}

/** The first or last seat of the row. */
export function rowEnd(plan, seat, last) {
  return plan.rows[seat.rowIndex].seats.at(last ? -1 : 0);
}

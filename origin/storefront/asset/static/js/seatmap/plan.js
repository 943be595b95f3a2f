// The seating plan as the map needs it. Pure.

/**
 * Flattens a plan of the API: seats with their section and row, rows in reading order, sections with the box around
 * their seats, and the usual distance between neighbours, all in plan units.
 */
export function readPlan(plan) {
  const seats = [], rows = [], sections = [], areas = [];
  for (const section of plan.sections) {
    const own = [];
    if (section.general) areas.push(readArea(section));
    for (const row of section.rows ?? []) {
      const line = { label: row.label, section: section.name, sectionId: section.id, seats: [] };
      for (const seat of row.seats) {
        // One shape for all: two thousand objects of many shapes make every look at them slow.
        const full = {
          id: seat.id, label: seat.label, x: Number(seat.x), y: Number(seat.y), band: seat.band, kind: seat.kind,
          restricted: Boolean(seat.restricted), note: seat.note ?? "",
          section: section.name, sectionId: section.id, row: row.label, rowIndex: rows.length, place: 0,
        };
        line.seats.push(full);
        own.push(full);
        seats.push(full);
      }
      line.seats.sort((a, b) => a.x - b.x || a.y - b.y);
      line.seats.forEach((seat, i) => (seat.place = i));
      rows.push(line);
    }
    if (own.length > 0) sections.push({ id: section.id, name: section.name, seats: own, rows: rows.filter((r) => r.sectionId === section.id), box: boxOf(own) });
  }
  const spacing = usualGap(rows);
  const places = areas.flatMap((a) => a.places);
  return { width: plan.width, height: plan.height, stage: plan.stage, seats, rows, sections, areas, spacing, byId: new Map([...seats, ...places].map((s) => [s.id, s])) };
}

/** An area whose places have no numbers. Each is kept and sold under an ID of its own all the same. */
function readArea({ id, name, general }) {
  const places = [];
  for (let n = 1; n <= general.count; n++) {
    places.push({
      id: `${id}-GA-${n}`, label: "", x: Number(general.x), y: Number(general.y), band: general.band, kind: "general",
      restricted: false, note: "", section: name, sectionId: id, row: "", rowIndex: -1, place: n,
    });
  }
  return { id, name, band: general.band, places, x: general.x, y: general.y, width: general.width, height: general.height };
}

/** The box around points: { x, y, width, height }. */
export function boxOf(points) {
  const xs = points.map((p) => p.x), ys = points.map((p) => p.y);
  const x = Math.min(...xs), y = Math.min(...ys);
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

function usualGap(rows) {
  const gaps = [];
  for (const { seats } of rows) {
    for (let i = 1; i < seats.length; i++) gaps.push(Math.hypot(seats[i].x - seats[i - 1].x, seats[i].y - seats[i - 1].y));
  }
  gaps.sort((a, b) => a - b);
  return gaps[Math.floor(gaps.length / 2)] || 50;
}

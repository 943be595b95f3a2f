// Where the map is looked at from: a point of the plan (x, y) is drawn at (x*k + cam.x, y*k + cam.y) pixels. Pure.

/** A camera that shows box in the middle of view, with pad pixels around it, no closer than most. */
export function fit(box, view, pad = 0, most = Infinity) {
  const room = { width: Math.max(view.width - 2 * pad, 1), height: Math.max(view.height - 2 * pad, 1) };
  const k = Math.min(room.width / Math.max(box.width, 1), room.height / Math.max(box.height, 1), most);
  return { k, x: view.width / 2 - (box.x + box.width / 2) * k, y: view.height / 2 - (box.y + box.height / 2) * k };
}

/** Zooms by factor, keeping what is at pixel (px, py) there. */
export function zoomAt(cam, px, py, factor, { min, max }) {
  const k = Math.min(Math.max(cam.k * factor, min), max);
  const f = k / cam.k;
  return { k, x: px - (px - cam.x) * f, y: py - (py - cam.y) * f };
}

/** Moves a camera back so that the world covers the view, or is centred in it where it is smaller. */
export function clamp(cam, world, view) {
  const along = (offset, from, size, room) => {
    const start = from * cam.k, length = size * cam.k;
    if (length <= room) return (room - length) / 2 - start;
    return Math.min(Math.max(offset, room - length - start), -start);
  };
  return { k: cam.k, x: along(cam.x, world.x, world.width, view.width), y: along(cam.y, world.y, world.height, view.height) };
}

/** The point of the plan at pixel (px, py). */
export function toWorld(cam, px, py) {
  return { x: (px - cam.x) / cam.k, y: (py - cam.y) / cam.k };
}

/** Where a point of the plan is drawn. */
export function toView(cam, point) {
  return { x: point.x * cam.k + cam.x, y: point.y * cam.k + cam.y };
}

/** Moves a camera as little as needed for point to be in view, margin pixels from its edges. */
export function reveal(cam, point, view, margin) {
  const at = toView(cam, point);
  const shift = (p, room) => {
    const m = Math.min(margin, room / 2);
    return p < m ? m - p : p > room - m ? room - m - p : 0;
  };
  return { k: cam.k, x: cam.x + shift(at.x, view.width), y: cam.y + shift(at.y, view.height) };
}

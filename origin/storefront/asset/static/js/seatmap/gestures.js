// Turns fingers, mouse and wheel into moves of the camera. The listener gets plain calls; it decides what they mean.

const slop = 8; // pixels a finger may move and still tap

/**
 * Listens on element. on = { start(), pan(dx, dy), zoom(px, py, factor), end(), tap(px, py, pointerType, target),
 * wheel(px, py, factor) → whether it was used }. Points are pixels within the element.
 */
export function listen(element, on) {
  const fingers = new Map();
  let moved = false, pinched = false, first;

  const point = (event) => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const span = () => {
    const [a, b] = [...fingers.values()];
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, d: Math.max(Math.hypot(a.x - b.x, a.y - b.y), 1) };
  };

  element.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button !== 0) return;
    if (fingers.size === 2) return;
    fingers.set(event.pointerId, point(event));
    if (fingers.size === 1) [moved, pinched, first] = [false, false, { ...point(event), target: event.target }];
    else pinched = true;
  });
  element.addEventListener("pointermove", (event) => {
    if (!fingers.has(event.pointerId)) return;
    const before = fingers.get(event.pointerId), now = point(event);
    if (!moved) {
      if (Math.hypot(now.x - first.x, now.y - first.y) < slop && !pinched) return;
      moved = true;
      for (const id of fingers.keys()) element.setPointerCapture?.(id);
      on.start();
    }
    if (fingers.size === 2) {
      const old = span();
      fingers.set(event.pointerId, now);
      const fresh = span();
      on.pan(fresh.x - old.x, fresh.y - old.y);
      on.zoom(fresh.x, fresh.y, fresh.d / old.d);
      return;
    }
    fingers.set(event.pointerId, now);
    on.pan(now.x - before.x, now.y - before.y);
  });
  const lift = (event) => {
    if (!fingers.delete(event.pointerId)) return;
    if (fingers.size > 0) return;
    if (moved) on.end();
    else if (event.type === "pointerup" && !pinched) on.tap(first.x, first.y, event.pointerType, first.target);
  };
  element.addEventListener("pointerup", lift);
  element.addEventListener("pointercancel", lift);
  element.addEventListener("lostpointercapture", lift);
  element.addEventListener("wheel", (event) => {
    const at = point(event);
    const lines = event.deltaMode === 1 ? 16 : 1;
    const factor = Math.exp(-event.deltaY * lines * (event.ctrlKey ? 0.01 : 0.0022));
    if (on.wheel(at.x, at.y, factor)) event.preventDefault();
  }, { passive: false });
}

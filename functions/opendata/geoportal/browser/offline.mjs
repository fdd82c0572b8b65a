// The offline copy's drawing is moved and zoomed by its view box; a press that is no drag goes to the feature's row.
(() => {
  const svg = document.querySelector("#map svg");
  const whole = svg.viewBox.baseVal;
  const [width, height] = [whole.width, whole.height];
  let box = [0, 0, width, height];
  const show = () => svg.setAttribute("viewBox", box.join(" "));
  const zoom = (by, x = 0.5, y = 0.5) => {
    const to = Math.min(width, Math.max(width / 64, box[2] * by));
    const [w, h] = [to, (to * height) / width];
    box = [box[0] + (box[2] - w) * x, box[1] + (box[3] - h) * y, w, h];
    show();
  };
  const part = (event) => {
    const { left, top, width: w, height: h } = svg.getBoundingClientRect();
    return [(event.clientX - left) / w, (event.clientY - top) / h];
  };
  const moves = document.getElementById("moves");
  moves.hidden = false;
  moves.addEventListener("click", ({ target }) => {
    if (target.dataset.zoom) zoom(Number(target.dataset.zoom));
  });
  svg.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      zoom(event.deltaY > 0 ? 1.25 : 0.8, ...part(event));
    },
    { passive: false },
  );
  let from;
  let isDrag = false;
  svg.addEventListener("pointerdown", (event) => {
    from = part(event);
    isDrag = false;
  });
  addEventListener("pointerup", () => {
    from = undefined;
  });
  svg.addEventListener("pointermove", (event) => {
    if (!from) return;
    const to = part(event);
    if (Math.hypot(to[0] - from[0], to[1] - from[1]) < 0.005 && !isDrag) return;
    isDrag = true;
    box = [box[0] - (to[0] - from[0]) * box[2], box[1] - (to[1] - from[1]) * box[3], box[2], box[3]];
    from = to;
    show();
  });
  svg.addEventListener("click", (event) => isDrag && event.preventDefault());
  svg.addEventListener("dragstart", (event) => event.preventDefault());
})();

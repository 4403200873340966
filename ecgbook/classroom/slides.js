// Arrow keys, Page Up and Down, Home and End go from slide to slide; Space stays with the choices.
const slides = [...document.querySelectorAll("section")];
const steps = {
  ArrowRight: 1, ArrowDown: 1, PageDown: 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1,
  Home: -Infinity, End: Infinity,
};

function nearest() {
  const away = slides.map((slide) => Math.abs(slide.getBoundingClientRect().top));
  return away.indexOf(Math.min(...away));
}

document.addEventListener("keydown", (event) => {
  const step = steps[event.key];
  if (step === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const next = slides[Math.max(0, Math.min(slides.length - 1, nearest() + step))];
  next.focus({ preventScroll: true });
  next.scrollIntoView();
});

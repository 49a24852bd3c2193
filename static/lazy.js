// What a page can do without at first comes once a place that asks for it was in sight for a moment, and again when it asks
// again. One answer may fill several places.
(() => {
  const fill = async href => {
    const answer = await fetch(href)
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    page.querySelectorAll('[data-found]').forEach(found => {
      const place = document.querySelector(`[data-place=${found.dataset.found}]`)
      if (place && !place.contains(document.activeElement)) place.replaceChildren(...found.childNodes)
    })
  }
  const watch = box => {
    let still
    const href = box.dataset.lazy
    box.removeAttribute('data-lazy')
    new IntersectionObserver((seen, eye) => {
      clearTimeout(still)
      if (seen.pop().isIntersecting) still = setTimeout(() => { eye.disconnect(); fill(href).catch(() => {}) }, 300)
    }, { rootMargin: '100px' }).observe(box)
  }
  const look = () => document.querySelectorAll('[data-lazy]').forEach(watch)
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributeFilter: ['data-lazy'] })
  look()
})()

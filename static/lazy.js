// What is not needed yet comes once its place was in sight for a moment: from the page that a link leads to without this.
(() => {
  const fill = async box => {
    const answer = await fetch(box.dataset.lazy)
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const found = page.querySelector('[data-found]')
    if (found) box.replaceChildren(...found.childNodes)
  }
  const watch = box => {
    if (box.eye) return
    let still
    box.eye = new IntersectionObserver(seen => {
      clearTimeout(still)
      if (seen.pop().isIntersecting) still = setTimeout(() => { box.eye.disconnect(); fill(box).catch(() => {}) }, 300)
    }, { rootMargin: '100px' })
    box.eye.observe(box)
  }
  const look = () => document.querySelectorAll('[data-lazy]').forEach(watch)
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true })
  look()
})()

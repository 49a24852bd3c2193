// The conversation of a message comes once its place was in sight for a moment.
(() => {
  const fill = async box => {
    const answer = await fetch(box.querySelector('a').href)
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const found = page.querySelector('[data-found]')
    if (found) box.replaceChildren(box.firstChild, ...found.childNodes)
  }
  const watch = box => {
    let still
    box.removeAttribute('data-thread')
    new IntersectionObserver((seen, eye) => {
      clearTimeout(still)
      if (seen.pop().isIntersecting) still = setTimeout(() => { eye.disconnect(); fill(box).catch(() => {}) }, 300)
    }, { rootMargin: '100px' }).observe(box)
  }
  const look = () => document.querySelectorAll('[data-thread]').forEach(watch)
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true })
  look()
})()

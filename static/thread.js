// The conversation of a message comes once its place is in sight. Without it the link there leads to the same.
(() => {
  'use strict'
  const fill = async box => {
    const answer = await fetch(box.querySelector('a').href, { headers: { Accept: 'text/html' } })
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const found = !answer.redirected && page.querySelector('[data-found]')
    if (found) box.replaceChildren(box.firstChild, ...found.childNodes)
  }
  // Whoever walks on to the next message has not asked for it.
  const watch = box => {
    let still
    box.removeAttribute('data-thread')
    new IntersectionObserver((seen, eye) => {
      clearTimeout(still)
      if (seen.pop().isIntersecting) still = setTimeout(() => { eye.disconnect(); if (box.isConnected) fill(box).catch(() => {}) }, 300)
    }, { rootMargin: '100px' }).observe(box)
  }
  const look = () => document.querySelectorAll('[data-thread]').forEach(watch)
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true })
  look()
})()

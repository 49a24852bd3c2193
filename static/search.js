// Results go on as the reader scrolls, until somebody stops them. Without it the link at the end does the job.
(() => {
  'use strict'
  const $ = (s, root = document) => root.querySelector(s)
  const $$ = (s, root = document) => [...root.querySelectorAll(s)]
  const main = $('#main')
  const form = $('.find.again')
  if (!main || !form || !window.IntersectionObserver) return
  const { stop, looking, stopped } = form.dataset
  const live = document.createElement('p')
  live.className = 'vh'
  live.setAttribute('role', 'status')
  form.after(live)
  let halted = false
  // Pages in a row that found nothing: nobody may be reading any more.
  let barren = 0

  // One line of each message, as in the list.
  const previews = async list => {
    const holes = new Map($$('[data-preview]', list).map(e => [e.closest('.row').dataset.uid, e]))
    if (!holes.size) return
    holes.forEach(e => e.removeAttribute('data-preview'))
    const query = new URLSearchParams([['uidvalidity', list.dataset.uidvalidity], ...[...holes.keys()].map(u => ['uid', u])])
    const answer = await fetch(`${list.dataset.list}/previews?${query}`, { headers: { Accept: 'application/json' } })
    if (answer.ok) for (const [uid, text] of Object.entries(await answer.json())) holes.get(uid).textContent = text
  }

  const further = async more => {
    const link = $('a', more)
    if (!link) return
    const abort = new AbortController()
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = stop
    button.dataset.stop = ''
    button.addEventListener('click', () => abort.abort())
    more.replaceChildren(looking, ' ', button)
    live.textContent = looking
    try {
      const answer = await fetch(link.href, { headers: { Accept: 'text/html' }, signal: abort.signal })
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
      const end = answer.ok && !answer.redirected && $('#main [data-end]', page)
      if (!end) { location.href = link.href; return }
      const pieces = $$('#main > *', page).filter(e => !e.matches('form, script, .quiet, .looked:not(.end)'))
      const known = new Set($$('.row').map(r => r.closest('[data-list]').dataset.list + r.id))
      pieces.forEach(piece => $$('.row', piece).forEach(r => {
        r.dataset.page = link.href
        if (known.has(piece.dataset.list + r.id)) r.remove()
      }))
      barren = $('.row', page) ? 0 : barren + 1
      $$('[data-end]', main).forEach(e => e.remove())
      more.remove()
      main.append(...pieces)
      live.textContent = end.textContent
      pieces.filter(p => p.matches('[data-list]')).forEach(list => previews(list).catch(() => {}))
      watch()
    } catch {
      // Stopped, or no network: what there is stays, and the link leads on from there.
      halted = true
      more.replaceChildren(link)
      live.textContent = stopped
      link.focus()
    }
  }

  // Only what ended in order goes on by itself.
  const watch = () => {
    const more = $('[data-further]', main)?.closest('.more')
    if (!more || halted || barren > 5 || !$('[data-end=more]', main)) return
    new IntersectionObserver((seen, eye) => {
      if (!seen.some(s => s.isIntersecting)) return
      eye.disconnect()
      if (!halted) further(more)
    }, { rootMargin: '600px' }).observe(more)
  }
  main.addEventListener('click', e => {
    const link = e.target.closest('[data-further]')
    if (!link || e.button || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return
    e.preventDefault()
    halted = false
    barren = 0
    further(link.closest('.more'))
  })
  watch()
})()

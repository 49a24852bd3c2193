// Relais, with script: the same pages with fewer steps. Each part stands alone; without it the plain page does the job.
(() => {
  'use strict'
  const $ = (s, root = document) => root.querySelector(s)
  const $$ = (s, root = document) => [...root.querySelectorAll(s)]
  const wide = matchMedia('(min-width: 48rem)')
  const load = async (url, pick) => {
    const answer = await fetch(url, { headers: { Accept: 'text/html' } })
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const found = !answer.redirected && answer.ok && $(pick, page)
    if (!found) throw new Error('another page')
    return [found, page]
  }

  // The reader's own time zone, for the next page.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  if (zone && !document.cookie.includes('tz=' + zone)) {
    document.cookie = `tz=${zone}; path=/; max-age=31536000; SameSite=Lax` + (location.protocol === 'https:' ? '; Secure' : '')
  }

  // The frame of an HTML message is as high as what it holds, and what it holds as wide as the frame. Mail whose height follows the frame stops at 20 steps.
  const fit = frame => {
    let steps = 0
    const measure = () => {
      const doc = frame.contentDocument
      if (!doc || !doc.body || steps++ > 20) return
      const body = doc.body
      const share = () => frame.clientWidth / doc.documentElement.scrollWidth
      if (share() < .99) body.style.overflowWrap = 'anywhere'
      if (share() < .99 && !body.style.zoom) body.style.zoom = Math.max(share(), .6)
      frame.style.height = Math.min(Math.ceil(body.getBoundingClientRect().height) + 24, 60000) + 'px'
    }
    const watch = () => {
      const doc = frame.contentDocument
      if (!doc || !doc.body) return
      measure()
      new ResizeObserver(measure).observe(doc.body)
    }
    frame.addEventListener('load', watch)
    watch()
  }

  // "Opened" is told once the message was in sight for a second.
  const opened = box => {
    box.hidden = true
    $$('[data-seen]').forEach(e => { e.hidden = false })
    wait(box)
  }
  const wait = box => setTimeout(async function tell () {
    if (document.hidden) return document.addEventListener('visibilitychange', () => wait(box), { once: true })
    const form = $('form', box)
    if (!form || !box.isConnected) return
    const body = new URLSearchParams(new FormData(form))
    const answer = await fetch(form.action, { method: 'POST', body, redirect: 'manual' }).catch(() => ({}))
    box.hidden = answer.ok || answer.type === 'opaqueredirect'
    if (box.dataset.opened !== 'seen' || !box.hidden) return
    $$('[data-other]').forEach(e => { e.textContent = e.dataset.other })
    $$('input[name=do][value=read]').forEach(e => { e.value = 'unread' })
    const row = $('.row.current.unread'), counts = $('.bar [data-anew]') || $('[data-anew]')
    if (counts) counts.dataset.lazy = counts.dataset.anew
    if (row) { row.classList.remove('unread'); $('.open > .vh', row)?.remove() }
  }, 1000)

  // Lines of preview come after the list.
  const previews = async list => {
    const holes = new Map($$('[data-preview]', list).map(e => [e.closest('.row').dataset.uid, e]))
    if (!holes.size) return
    holes.forEach(e => e.removeAttribute('data-preview'))
    const query = new URLSearchParams([['uidvalidity', list.dataset.uidvalidity], ...[...holes.keys()].map(u => ['uid', u])])
    const answer = await fetch(`${list.dataset.list}/previews?${query}`, { headers: { Accept: 'application/json' } })
    if (!answer.ok) return
    for (const [uid, text] of Object.entries(await answer.json())) {
      const hole = holes.get(uid)
      if (hole) hole.textContent = text
    }
  }

  // Older pages come as the end of the list nears.
  const scroll = more => {
    new IntersectionObserver(async (seen, watch) => {
      const link = $('a', more)
      if (!link || more.dataset.busy || !seen.some(s => s.isIntersecting)) return
      more.dataset.busy = 1
      try {
        const [next, page] = await load(link.href, '[data-list]')
        const list = $('[data-list]')
        if (next.dataset.of !== list.dataset.of) throw 0
        const known = new Set($$('.row', list).map(r => r.dataset.uid))
        $$('.row', next).forEach(r => { known.has(r.dataset.uid) ? r.remove() : r.dataset.page = link.href })
        const [last, first] = [$$('.day', list).pop(), $('.day', next)]
        if (last && first && last.dataset.day === first.dataset.day) first.remove()
        list.append(...next.childNodes)
        more.replaceChildren(...$('[data-more]', page).childNodes)
        previews(list).catch(() => {})
        watch.unobserve(more)
        watch.observe(more)
      } catch { watch.disconnect() }
      delete more.dataset.busy
    }, { rootMargin: '600px' }).observe(more)
  }

  // A message beside its list, where there is room. `nothing` is what stands there while none is open.
  const message = /^(\/mail\/[^/]+)\/(\d+)-(\d+)$/
  let pane = $('.pane ~ .reading')
  const nothing = pane && [...pane.childNodes]
  const mark = href => $$('.open').forEach(a => {
    const on = a.pathname === new URL(href, location).pathname
    a.parentNode.classList.toggle('current', on)
    on ? a.setAttribute('aria-current', 'true') : a.removeAttribute('aria-current')
  })
  let latest
  const beside = async (href, push = true) => {
    latest = href
    pane.setAttribute('aria-busy', 'true')
    const [reading, page] = await load(href, '.reading').finally(() => pane.removeAttribute('aria-busy'))
    if (latest !== href) return
    if ($('.pane main')) {
      // The list is the main part of this page already.
      const main = $('main', reading), part = document.createElement('div')
      part.className = 'part'
      part.append(...main.childNodes)
      main.replaceWith(part)
    }
    pane.replaceChildren(...reading.childNodes)
    pane.scrollTop = 0
    document.title = page.title
    if (push) history.pushState(null, '', href)
    mark(href)
    start(pane)
  }
  addEventListener('popstate', () => {
    if (!pane) return
    if (message.test(location.pathname) || /^\/outbox\/\w{32}$/.test(location.pathname)) beside(location.href, false).catch(() => location.reload())
    else if (nothing) { latest = ''; pane.replaceChildren(...nothing); mark('#') }
    else location.reload()
  })

  // A message that was opened by its address gets its list beside it, on the page that holds it.
  const accompany = async () => {
    const [, list, validity, uid] = location.pathname.match(message) || []
    if (!list || pane || !$('.solo')) return
    let [side, page] = await load(list, '.pane')
    if (!$('#u' + uid, side)) [side, page] = await load(`${list}?older=${validity}-${+uid + 1}`, '.pane')
    if (!$('#u' + uid, side) || pane) return
    const main = $('main', side)
    main.replaceWith(...main.childNodes)
    const title = document.createElement('p')
    title.className = 'title mailbox'
    title.append(...$('h1', side).childNodes)
    $('h1', side).replaceWith(title)
    const section = document.createElement('section')
    section.className = 'pane'
    section.setAttribute('aria-label', side.dataset.name)
    section.append(...side.childNodes)
    pane = $('.reading')
    pane.before(section)
    $('.solo').classList.remove('solo')
    if ($('.dock') && $('.dock', page)) $('.dock').replaceWith($('.dock', page))
    mark(location.href)
    $('.row.current', section)?.scrollIntoView({ block: 'center' })
    start(section)
  }
  const room = () => { if (wide.matches) accompany().catch(() => {}) }

  const drawer = async href => {
    const [folders] = await load(href, '.folders')
    const box = document.createElement('dialog')
    box.className = 'drawer-box'
    box.append(folders)
    box.addEventListener('click', e => { if (e.target === box) box.close() })
    box.addEventListener('close', () => box.remove())
    document.body.append(box)
    box.showModal()
  }

  addEventListener('click', e => {
    const a = e.target.closest && e.target.closest('a')
    if (!a || e.defaultPrevented || e.button || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return
    const go = () => { location.href = a.href }
    if (a.matches('.open')) {
      const row = a.closest('.row')
      // The way back leads to this row, in the page it came with.
      if (!$('.read')) {
        history.replaceState(null, '', (row.dataset.page || location.href.split('#')[0]) + '#' + row.id)
        // Where the page stood in pixels means nothing in a page of fewer rows.
        history.scrollRestoration = 'manual'
      }
    }
    if (a.matches('.open, .reading .beside') && wide.matches && pane) {
      e.preventDefault()
      beside(a.href).catch(go)
    } else if (a.matches('[data-drawer]') && window.HTMLDialogElement) {
      e.preventDefault()
      drawer(a.href).catch(go)
    } else if (a.matches('[data-back]') && document.referrer && new URL(document.referrer).pathname === new URL(a.href).pathname) {
      e.preventDefault()
      history.back()
    }
  })

  // j and k walk, Enter opens, u goes back, ? tells and turns them off.
  const keys = $('[data-keys]')
  const on = keys && $('input', keys)
  if (on && keys.showModal) {
    try { on.checked = localStorage.keys !== 'off' } catch {}
    on.addEventListener('change', () => { try { localStorage.keys = on.checked ? 'on' : 'off' } catch {} })
    addEventListener('keydown', e => {
      if (e.metaKey || e.ctrlKey || e.altKey || e.target.closest('input, textarea, select, dialog')) return
      if (e.key === '?') return keys.open || keys.showModal()
      if (!on.checked) return
      const step = { j: 1, k: -1 }[e.key]
      if (step) {
        const rows = $$('.open')
        const at = rows.indexOf(document.activeElement)
        if (rows.length) rows[Math.max(0, Math.min(rows.length - 1, at + step))].focus()
        else $(`.beside[rel=${step > 0 ? 'next' : 'prev'}]`)?.click()
      } else if (e.key === 'u') {
        const row = wide.matches && $('.pane .current .open')
        row ? row.focus() : $('[data-back]')?.click()
      }
    })
  }

  addEventListener('beforeprint', () => $$('.quoted, .people').forEach(d => { d.open = true }))

  try {
    if (location.pathname.startsWith('/outbox/') && sessionStorage.sent) sessionStorage.removeItem(sessionStorage.sent)
    if (location.search === '?out=1') {
      const { wipe } = sessionStorage
      sessionStorage.clear()
      localStorage.out = Date.now()
      indexedDB.deleteDatabase(wipe)
    }
  } catch {}

  // Sign-out wipes the letters of this device; where no script does, its answer.
  addEventListener('submit', e => {
    const { wipe } = e.target.elements
    try { sessionStorage.wipe = wipe.value; wipe.disabled = true } catch {}
  })

  const start = root => {
    $$('iframe[data-body]', root).forEach(fit)
    $$('[data-opened]', root).forEach(opened)
    $$('[data-print]', root).forEach(b => {
      b.hidden = false
      b.addEventListener('click', e => {
        if (!b.href) return print()
        const paper = open(b.href)
        if (!paper) return
        e.preventDefault()
        paper.addEventListener('load', () => paper.print())
      })
    })
    $$('[data-list]', root).forEach(list => previews(list).catch(() => {}))
    $$('[data-more]', root).forEach(scroll)
  }
  start(document)
  const here = location.hash && document.getElementById(location.hash.slice(1))
  if (here && here.matches('.row')) here.scrollIntoView({ block: 'center' })
  room()
  wide.addEventListener('change', room)
})()

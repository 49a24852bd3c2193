// Selecting in place, acts without a new page, and their keys. Without it the same forms do the job, a page at a time.
(() => {
  'use strict'
  const $ = (s, root = document) => root.querySelector(s)
  const $$ = (s, root = document) => [...root.querySelectorAll(s)]
  const list = () => $('[data-list]')
  const boxes = () => $$('.row .pick input')
  const ticked = () => boxes().filter(b => b.checked)
  const rowOf = e => e && e.closest && e.closest('.row')

  // The mode: its bar, its form and its dock come from the page that the link leads to; the rows are those that stand here.
  let page = null, plain = null, last = null, entering
  const tick = row => {
    const face = $('.pick', row)
    if (!row.dataset.uid || $('input', face)) return
    const label = document.createElement('label')
    label.className = 'pick'
    const box = document.createElement('input')
    Object.assign(box, { type: 'checkbox', name: 'uid', value: row.dataset.uid })
    box.setAttribute('form', 'act')
    box.setAttribute('aria-label', ($('.subject', row) || $('.who', row)).textContent)
    label.append(box, ...face.childNodes)
    face.replaceWith(label)
  }
  const count = () => {
    const title = $('[data-count]'), n = ticked().length
    if (!title || !page) return
    title.textContent = n ? n === 1 ? title.dataset.one : title.dataset.count.replace('#', n) : page.title
    title.setAttribute('aria-live', 'polite')
    $$('.acting button').forEach(b => { b.disabled = !n && !($('[name=all]') || {}).checked })
  }
  const ask = async link => {
    const answer = await fetch(link.dataset.select || link.href, { headers: { Accept: 'text/html' } })
    const found = new DOMParser().parseFromString(await answer.text(), 'text/html')
    if (!answer.ok || !$('#act', found)) throw new Error('another page')
    return { bar: $('.bar', found), dock: $('.dock', found), form: $('#act', found), title: $('[data-count]', found).textContent, of: $('[data-list]', found).dataset.of }
  }
  // Results come in several lists, and more of them while the reader scrolls.
  const pick = () => {
    if (!plain) return
    $$('[data-list]').forEach(l => l.classList.add('picking'))
    $$('.row').forEach(tick)
    count()
  }
  const enter = async link => {
    if (plain || $('#act')) return
    entering = entering || ask(link).finally(() => { entering = null })
    page = await entering
    if (plain) return
    // Another mailbox is shown meanwhile, or this one was rebuilt: its form is not for these rows.
    if (page.of !== list().dataset.of) throw new Error('another mailbox')
    const bar = $('.bar', list().closest('.pane')), dock = $('.dock')
    plain = { bar, dock }
    bar.replaceWith(page.bar)
    if (dock) dock.replaceWith(page.dock)
    // Of results "all" would be all of the mailbox.
    if (link.dataset.select) $$('.all-of, [name=of]', page.form).forEach(e => e.remove())
    page.form.elements.back.value = here()
    list().before(page.form)
    new MutationObserver(pick).observe(list().parentNode, { childList: true, subtree: true })
    pick()
  }
  const leave = () => {
    const box = $('#act')
    if (!plain) { const out = $('[data-unselect]'); if (out) location.href = out.href; return }
    const { bar, dock } = plain
    plain = null
    $('[data-unselect]').closest('.bar').replaceWith(bar)
    if (dock) $('.acting').replaceWith(dock)
    box.remove()
    $$('.picking').forEach(l => l.classList.remove('picking'))
    $$('label.pick').forEach(label => {
      const face = document.createElement('span')
      face.className = 'pick'
      face.append(...[...label.childNodes].filter(n => n.tagName !== 'INPUT'))
      label.replaceWith(face)
    })
    const select = $('[data-select]')
    if (select) select.focus()
  }

  // What was done, or why it was not.
  const tell = (said, more, undo) => {
    $$('.undo').forEach(e => e.remove())
    const bar = document.createElement('div')
    bar.className = 'undo stays'
    bar.setAttribute('role', 'status')
    bar.dataset.told = ''
    const text = document.createElement('span')
    bar.append(text)
    if (undo) {
      const button = document.createElement('button')
      button.textContent = page.form.dataset.undo
      button.addEventListener('click', undo)
      bar.append(button)
    }
    document.body.append(bar)
    text.textContent = [said, ...(more || [])].join(' ')
  }
  const send = async (action, body) => {
    const answer = await fetch(action, { method: 'POST', body, headers: { Accept: 'application/json' } })
    const told = await answer.json()
    if (!answer.ok) throw Object.assign(new Error('refused'), told)
    return told
  }
  const here = () => location.pathname + location.search.replace(/[?&](select|done)(=[^&]*)?/g, '').replace(/^&/, '?')
  const takes = /^(archive|delete|junk|notjunk|move|destroy)$/
  const look = { read: ['unread', 0], unread: ['unread', 1] }

  // Rows leave at once, and come back when the server refuses. What needs a page gets one: the form is sent as it is.
  const act = async (form, verb, rows, submitter) => {
    const body = new URLSearchParams(new FormData(form))
    body.set('do', verb)
    if (!body.has('uid')) rows.forEach(r => body.append('uid', r.dataset.uid))
    const back = rows.map(row => { const next = document.createComment(''); row.before(next); return [row, next] })
    const gone = takes.test(verb)
    if (gone) rows.forEach(r => r.remove())
    else if (look[verb]) rows.forEach(r => r.classList.toggle(...look[verb]))
    const restore = () => back.forEach(([row, mark]) => { if (gone) mark.replaceWith(row); else if (look[verb]) row.classList.toggle('unread', !look[verb][1]) })
    try {
      const told = await send(form.action, body)
      const token = body.get('token')
      if (plain) leave()
      const counts = $('.bar [data-anew]') || $('[data-anew]')
      if (counts) counts.dataset.lazy = counts.dataset.anew
      // What rows cannot show by themselves, the page tells: what stayed, what stopped, marks.
      if (!told.plain || !gone && !look[verb]) return void location.replace(with_(here(), told.done))
      tell(told.said, told.more, told.undo && (async () => {
        const again = new URLSearchParams({ token, do: 'undo', done: told.done, back: here() })
        try { location.replace(with_(here(), (await send(form.action, again)).done)) } catch (e) { tell(e.said || '') }
      }))
    } catch (e) {
      restore()
      if (!e.page && e.said) return tell(e.said)
      rows.forEach(r => { const b = $('.pick input', r); if (b) b.checked = true })
      count()
      if (submitter && submitter.isConnected) { native = true; submitter.click(); native = false }
    }
  }
  const with_ = (path, done) => done ? path + (path.includes('?') ? '&' : '?') + 'done=' + done : path
  let native = false

  addEventListener('submit', e => {
    const button = e.submitter
    if (native || e.target.id !== 'act' || !button || button.formAction !== e.target.action && button.hasAttribute('formaction')) return
    const all = $('[name=all]', e.target)
    if (!ticked().length || (all && all.checked) || /^(move|copy|destroy)$/.test(button.value)) return
    e.preventDefault()
    act(e.target, button.value, ticked().map(rowOf), button)
  })

  addEventListener('click', e => {
    const a = e.target.closest && e.target.closest('a')
    if (a && !e.defaultPrevented && !e.button && !(e.metaKey || e.ctrlKey || e.shiftKey || e.altKey)) {
      if (a.matches('[data-select]')) { e.preventDefault(); enter(a).catch(() => { location.href = a.href }) }
      if (a.matches('[data-unselect]') && plain) { e.preventDefault(); leave() }
      if (a.matches('[data-all]')) {
        e.preventDefault()
        const some = ticked().length < boxes().length
        boxes().forEach(b => { b.checked = some })
        count()
      }
    }
    const box = e.target.matches && e.target.matches('.pick input') && e.target
    if (box) {
      const all = boxes(), [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b)
      if (e.shiftKey && from >= 0) all.slice(from, to + 1).forEach(b => { b.checked = box.checked })
      last = box
      count()
    }
    if (e.target.name === 'all') count()
  })

  // e archives, # deletes, s stars, x selects, m moves: what is ticked, else the row with the focus, else the open message.
  const keys = { e: 'archive', '#': 'delete', s: 'flag', m: 'move' }
  const off = () => { try { return localStorage.keys === 'off' } catch { return false } }
  const press = async verb => {
    const one = $('#one')
    const row = rowOf(document.activeElement)
    if (!ticked().length && !row && one) {
      const button = $(`#one [value=${verb}]`) || verb === 'flag' && $('#one [value=unflag]') || verb === 'delete' && $('#one [value=destroy]')
      return button && button.click()
    }
    const link = $('[data-select]')
    if (!ticked().length) {
      if (!row) return
      if (link) await enter(link)
      const box = $('.pick input', row)
      if (box) box.checked = true
      count()
    }
    const button = $(`.acting [value=${verb}]`)
    if (button) button.click()
  }
  addEventListener('keydown', e => {
    if (e.key === 'Escape' && !$('dialog[open]') && (plain || $('#act'))) return leave()
    const box = e.target.matches('.pick input')
    if (e.metaKey || e.ctrlKey || e.altKey || !box && e.target.closest('input, textarea, select, dialog') || off()) return
    const row = rowOf(document.activeElement)
    if (e.key === 'x' && row) {
      const flip = () => { const b = $('.pick input', row); if (b) { b.checked = !b.checked; last = b; count() } }
      const link = $('[data-select]')
      link ? enter(link).then(() => { flip(); $('.open', row).focus() }).catch(() => {}) : flip()
    } else if (keys[e.key]) press(keys[e.key]).catch(() => {})
  })

  if ($('#act')) {
    page = { form: $('#act'), title: $('[data-count]').textContent }
    count()
  }
})()

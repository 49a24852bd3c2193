// Completing addresses from the people the account wrote to. Loaded by the form alone, and only with script.
(() => {
  'use strict'
  const MOST = 6
  const plain = s => s.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
  let asked
  // Asked for once, when the first field is entered: no page waits for it.
  const people = () => asked ||= fetch('/compose/people', { headers: { accept: 'application/json' } })
    .then(r => r.ok ? r.json() : [])
    .then(list => list.map(([name, email, typed]) => ({ name, email, typed, words: plain(name + ' ' + email).split(/[\s.@<>"()_-]+/), at: plain(email) })))
    .catch(() => { asked = undefined; return [] })

  // What is being typed: from the last separator outside quotes to the caret.
  const start = (text, caret) => {
    let from = 0, quoted = false
    for (let i = 0; i < caret; i++) {
      if (text[i] === '"') quoted = !quoted
      else if (!quoted && ',;\n'.includes(text[i])) from = i + 1
    }
    while (text[from] === ' ') from++
    return Math.min(from, caret)
  }

  const complete = (area, n) => {
    const list = document.createElement('ul')
    list.className = 'found'
    list.id = 'found' + n
    list.setAttribute('role', 'listbox')
    list.hidden = true
    area.closest('.line').after(list)
    const set = (name, value) => area.setAttribute(name, value)
    // A field of several lines is no combobox (ARIA in HTML): that there is a list is said in words.
    const told = document.createElement('span')
    told.className = 'vh'
    told.setAttribute('role', 'status')
    list.after(told)
    set('aria-autocomplete', 'list'); set('aria-controls', list.id)
    const label = area.closest('label').querySelector('span').textContent
    list.setAttribute('aria-label', label)
    let at = -1, shown = []

    const close = () => { list.hidden = true; list.replaceChildren(); shown = []; at = -1; told.textContent = ''; area.removeAttribute('aria-activedescendant') }
    const mark = i => {
      at = (i + shown.length) % shown.length
      list.childNodes.forEach((li, k) => li.setAttribute('aria-selected', k === at))
      set('aria-activedescendant', list.id + '-' + at)
      list.childNodes[at].scrollIntoView({ block: 'nearest' })
    }
    const take = i => {
      const caret = area.selectionStart, from = start(area.value, caret)
      area.setRangeText(shown[i].typed + ', ', from, caret, 'end')
      close()
      area.dispatchEvent(new Event('input', { bubbles: true }))
      area.focus()
    }
    const show = async () => {
      const caret = area.selectionStart
      const typed = plain(area.value.slice(start(area.value, caret), caret)).trim()
      if (typed.length < 1) return close()
      const known = await people()
      if (caret !== area.selectionStart) return
      const parts = typed.split(/\s+/)
      const taken = plain(area.value)
      const found = known.filter(p => (p.at.startsWith(typed) || parts.every(t => p.words.some(w => w.startsWith(t)))) && !taken.includes('<' + p.at + '>')).slice(0, MOST)
      close()
      if (!found.length) return
      shown = found
      found.forEach((p, i) => {
        const li = document.createElement('li')
        li.id = list.id + '-' + i
        li.setAttribute('role', 'option')
        li.setAttribute('aria-selected', 'false')
        const who = document.createElement('bdi'), address = document.createElement('small')
        who.textContent = p.name || p.email
        // Always whole: two people of one name are told apart by it.
        address.textContent = p.name ? p.email : ''
        li.append(who, address)
        li.addEventListener('pointerdown', e => e.preventDefault())
        li.addEventListener('click', () => take(i))
        list.append(li)
      })
      list.hidden = false
      told.textContent = area.form.dataset.found
    }
    area.addEventListener('focus', people)
    area.addEventListener('input', e => { if (e.isTrusted) show() })
    area.addEventListener('blur', close)
    area.addEventListener('keydown', e => {
      if (list.hidden) return
      if (e.key === 'ArrowDown') mark(at + 1)
      else if (e.key === 'ArrowUp') mark(at < 0 ? shown.length - 1 : at - 1)
      else if (e.key === 'Escape') close()
      else if (at >= 0 && (e.key === 'Enter' || e.key === 'Tab')) take(at)
      else return
      e.preventDefault()
    })
  }
  document.querySelectorAll('[data-people]').forEach(complete)
})()

# The words of Relais in English. The same keys, with the same arguments, are in fr.ftl.

## Everywhere
skip = Skip to content
back = Back
back-to-list = Back to the list
retry = Try again
help-by-phone = Help:
no-subject = (no subject)
alert-says = The mail server says:
server-says = The server’s answer:
unread-count = { $n } unread
unread-word = { $n ->
    [one] unread message
   *[other] unread messages
  }

## Notice
notice-label = Service status
notice-more = Learn more
notice-others = { $n ->
    [one] Learn more, and one other notice
   *[other] Learn more, and { $n } other notices
  }
notice-of = { $names }: { $title }
notice-over = over: { $title }
level-info = Good to know
level-degraded = Service disrupted
level-down = Service down
level-restored = Service restored

## Numbers and dates
size-bytes = { $n ->
    [one] { $n } byte
   *[other] { $n } bytes
  }
size-kilo = { $n } KB
size-mega = { $n } MB
size-giga = { $n } GB
day-today = Today
day-yesterday = Yesterday
day-unknown = No date
date-weekday = { $weekday } { $day }
date-long = { $weekday } { $day } { $month } { $year }
date-short = { $day } { $month } { $year }
date-day = { $weekday } { $day }
moment-week = { $date } at { $clock }
moment-date = { $date } at { $clock }
sentence-today = today
sentence-date = { $date }
moment-today = today at { $clock }
weekday-mon = Monday
weekday-tue = Tuesday
weekday-wed = Wednesday
weekday-thu = Thursday
weekday-fri = Friday
weekday-sat = Saturday
weekday-sun = Sunday
wd-mon = Mon
wd-tue = Tue
wd-wed = Wed
wd-thu = Thu
wd-fri = Fri
wd-sat = Sat
wd-sun = Sun
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
mon-1 = Jan
mon-2 = Feb
mon-3 = Mar
mon-4 = Apr
mon-5 = May
mon-6 = Jun
mon-7 = Jul
mon-8 = Aug
mon-9 = Sep
mon-10 = Oct
mon-11 = Nov
mon-12 = Dec

## Signing in
login-title = Your mail
login-which-password = Use the password of your mailbox, not the one of your software.
login-address = Address
login-password = Password
login-submit = Sign in
login-shared = Shared device
login-shared-what = Tick if other people use this device: you will be signed out after a while without activity, and nothing you write stays on it.
login-forgotten = Forgotten password
login-signed-out = You are signed out. Your messages stay in your mailbox.
logout = Sign out
account-signed-in = Signed in as

## A temporary access
door-before-title = Not open yet
door-before = This access to your mail opens { $moment }.
door-before-what = Until then use your usual way to your mail. When it opens, sign in here with the address and the password of your mailbox.
door-until = This access closes { $moment }.
door-closing = Send before then what you are writing: everybody will be signed out. Your messages stay in your mailbox.
door-closing-label = Closing soon
door-closed-title = This access is closed
door-closed = It closed { $moment }, and everybody was signed out.
door-closed-what = Your mail is in your mailbox: read it with your usual software. What was accepted here before is still being sent.
door-suivi = Until { $moment } you can still sign in here to see what became of the messages you sent. Nothing can be written, sent or changed here any more.
door-suivi-link = See what became of my messages
door-visit = Until { $moment } you can see here what became of the messages you sent. Nothing can be sent or changed any more: to send one again, use your usual software.
door-over = What became of the messages sent from here can no longer be seen. If you need it, ask your IT help.
door-away-title = Not from this network
door-away = This access is open from certain networks only, and you do not come from one of them.
door-away-what = Connect from your organisation’s network, or by its VPN, and load this page again. Your mail is safe in your mailbox.
door-kept = What you were writing was not sent. Copy it before you leave this page: it is kept nowhere else.

## Mailboxes
folders = Folders
folders-others = Other people’s mailboxes
folders-shared = Shared mailboxes
role-inbox = Inbox
role-drafts = Drafts
role-sent = Sent
role-archive = Archive
role-junk = Junk
role-trash = Trash
role-all = All messages
role-flagged = Starred
role-important = Important

## Folders: managing them
manage-title = Manage folders
manage-one = A folder
manage-new = New folder
manage-name = Name
manage-in = In
manage-top = (beside the others)
manage-create = Create
manage-all = Your folders
manage-change = Manage
manage-hidden = hidden elsewhere
manage-created = The folder is there.
manage-renamed = The folder has its new name.
manage-deleted = The folder is deleted.
manage-subscribed = Other programs show this folder again.
manage-unsubscribed = Programs that show only chosen folders no longer show this one. It stays visible here.
manage-removed = { $n ->
    [one] { $n } message deleted for good.
   *[other] { $n } messages deleted for good.
}
manage-holds = { $n ->
    [one] { $n } message, { $unread } of it unread.
   *[other] { $n } messages, { $unread } of them unread.
}
manage-children = { $n ->
    [one] Another folder is in it:
   *[other] { $n } other folders are in it:
}
manage-rename-title = Rename
manage-rename = Rename
manage-rely = Business software or a phone may look for this folder by its name: it will not find it any more.
manage-role-sure = Your mail uses this folder itself; change it all the same.
manage-inbox = The inbox keeps its name and cannot be deleted.
manage-subscribe-title = In other programs
manage-is-subscribed = This folder is chosen: programs that show only chosen folders show it.
manage-is-hidden = This folder is not chosen: some programs do not show it.
manage-subscribe = Show
manage-unsubscribe = Hide
manage-delete-title = Delete
manage-delete = Delete this folder…
manage-delete-question = Delete this folder?
manage-delete-messages = The messages in it will be deleted for good, without going to Trash. Move away first what must stay.
manage-delete-role = Your mail uses this folder itself. Without it, archiving, sending or deleting may no longer work, here and in your other programs.
manage-delete-sure = Delete for good
manage-cancel = Do nothing
manage-empty-title = Empty
manage-empty = Empty this folder…
manage-empty-question = Empty this folder?
manage-empty-what = { $n ->
    [one] { $n } message will be deleted for good. What comes meanwhile stays.
   *[other] { $n } messages will be deleted for good. What comes meanwhile stays.
}
manage-empty-so-far = { $n ->
    [one] { $n } message of { $of } deleted. Continue to delete the others.
   *[other] { $n } messages of { $of } deleted. Continue to delete the others.
}
manage-empty-sure = Delete for good
manage-empty-on = Continue
manage-unknown = The server does not say what this folder holds.
manage-is-empty = There is no message in this folder any more.
manage-all-or-nothing = Your mail server cannot delete chosen messages without deleting also what others marked: nothing is deleted here. Empty this folder from your usual software, or ask your IT support.
manage-no-right = Your rights on this folder do not allow it. Whoever it belongs to can give them to you.
manage-no-name = Give it a name.
manage-long-name = This name is too long: shorten it.
manage-odd-name = This name holds a character that nobody sees: type it again.
manage-separator = A name cannot hold “{ $c }”, which stands between the levels of folders.
manage-exists = There is a folder of this name already: choose another one.
manage-not-sure = Tick the box to say that you want to change this folder.
manage-fixed = This folder cannot be changed.
manage-has-children = Other folders are in it: delete them first.
manage-changed = This folder changed since the question: nothing was done. This is what it holds now.
manage-said-no = The mail server refused; nothing was changed. It says:
quota-title = Space used
quota-octets = { $used } of { $limit } ({ $percent }%).
quota-messages = { $used } of { $limit } messages ({ $percent }%).
quota-full = Your mailbox is nearly full: { $percent }% of { $limit }. After that, messages for you will be refused. Empty Trash or delete what is large.
folders-manage = Manage folders

## Bottom bar
dock-label = Main
dock-actions = Actions
dock-more = More
dock-read = Read

## Keyboard
keys-title = Keyboard shortcuts
keys-next = Next message
keys-previous = Previous message
keys-open = Open the message
keys-back = Back to the list
keys-on = Use these keys
close = Close

## List
list-nobody = (unknown sender)
list-older = See older messages
list-newer = See newer messages
list-by-arrival = Messages are in the order they arrived in this mailbox, which is not the order of their dates.
list-empty = No messages here
list-empty-what = The server says that this folder is empty.
list-page = Page
list-pages = of { $n }
list-go = Go
row-unread = Unread:
row-flagged = starred
row-answered = answered
row-forwarded = forwarded
row-documents = { $n ->
    [one] attachment
   *[other] attachments
  }
row-too-complex = Message too complex
row-too-complex-what = Its description cannot be read here. Open it to download it.

# Acts on messages: buttons, questions, what was done
act-select = Select
act-select-none = Leave the selection
act-select-title = Selection
act-selected = { $n ->
    [one] { $n } selected
   *[other] { $n } selected
  }
act-select-all = All
act-select-one = Select: { $what }
act-all-of = All { $n } messages in this folder, not only those ticked
act-flag = Star
act-unflag = Remove star
act-done = Mark as dealt with
act-undone = Mark as still to do
act-filed = Mark as filed
act-unfiled = Mark as not filed
act-archive = Archive
act-move = Move
act-copy = Copy
act-delete = Delete
act-destroy = Delete for good
act-junk = Junk
act-notjunk = Not junk
act-save = Save
act-nothing = Do nothing
act-elsewhere = Choose another folder
act-no-mailbox = There is no other folder. You can make one on the folders page.
told-read = { $n ->
    [one] 1 message marked as read
   *[other] { $n } messages marked as read
  }
told-unread = { $n ->
    [one] 1 message marked as unread
   *[other] { $n } messages marked as unread
  }
told-flag = { $n ->
    [one] 1 message starred
   *[other] { $n } messages starred
  }
told-unflag = { $n ->
    [one] Star removed from 1 message
   *[other] Star removed from { $n } messages
  }
told-done = { $n ->
    [one] 1 message marked as dealt with
   *[other] { $n } messages marked as dealt with
  }
told-undone = { $n ->
    [one] 1 message marked as still to do
   *[other] { $n } messages marked as still to do
  }
told-filed = { $n ->
    [one] 1 message marked as filed
   *[other] { $n } messages marked as filed
  }
told-unfiled = { $n ->
    [one] 1 message no longer marked as filed
   *[other] { $n } messages no longer marked as filed
  }
told-archive = { $n ->
    [one] 1 message archived
   *[other] { $n } messages archived
  }
told-move = { $n ->
    [one] 1 message moved to “{ $to }”
   *[other] { $n } messages moved to “{ $to }”
  }
told-copy = { $n ->
    [one] 1 message copied to “{ $to }”
   *[other] { $n } messages copied to “{ $to }”
  }
told-delete = { $n ->
    [one] 1 message moved to the trash
   *[other] { $n } messages moved to the trash
  }
told-destroy = { $n ->
    [one] 1 message deleted for good
   *[other] { $n } messages deleted for good
  }
told-junk = { $n ->
    [one] 1 message reported as junk
   *[other] { $n } messages reported as junk
  }
told-notjunk = { $n ->
    [one] 1 message put back into the inbox
   *[other] { $n } messages put back into the inbox
  }
told-undo = { $n ->
    [one] Undone: 1 message is as it was
   *[other] Undone: { $n } messages are as they were
  }
told-gone = { $n ->
    [one] One other message was no longer in this folder. It may have been moved or deleted elsewhere.
   *[other] { $n } other messages were no longer in this folder. They may have been moved or deleted elsewhere.
  }
told-marked = The server cannot take away some messages alone. They stay here, marked “deleted”: the server or your software takes them away when it cleans up.
told-kept = They were copied, but the server did not let those here be taken away.
told-stopped = The server went no further. The other messages stayed as they were.
told-step = { $done } of { $of } done
told-continue = Continue
what-read = { $n ->
    [one] Mark 1 message as read?
   *[other] Mark { $n } messages as read?
  }
what-unread = { $n ->
    [one] Mark 1 message as unread?
   *[other] Mark { $n } messages as unread?
  }
what-flag = { $n ->
    [one] Star 1 message?
   *[other] Star { $n } messages?
  }
what-unflag = { $n ->
    [one] Remove the star from 1 message?
   *[other] Remove the star from { $n } messages?
  }
what-done = { $n ->
    [one] Mark 1 message as dealt with?
   *[other] Mark { $n } messages as dealt with?
  }
what-undone = { $n ->
    [one] Mark 1 message as still to do?
   *[other] Mark { $n } messages as still to do?
  }
what-filed = { $n ->
    [one] Mark 1 message as filed?
   *[other] Mark { $n } messages as filed?
  }
what-unfiled = { $n ->
    [one] Mark 1 message as not filed?
   *[other] Mark { $n } messages as not filed?
  }
what-archive = { $n ->
    [one] Archive 1 message?
   *[other] Archive { $n } messages?
  }
what-move = { $n ->
    [one] Move 1 message: to which folder?
   *[other] Move { $n } messages: to which folder?
  }
what-copy = { $n ->
    [one] Copy 1 message: to which folder?
   *[other] Copy { $n } messages: to which folder?
  }
what-delete = { $n ->
    [one] Delete 1 message?
   *[other] Delete { $n } messages?
  }
what-destroy = { $n ->
    [one] Delete 1 message for good?
   *[other] Delete { $n } messages for good?
  }
what-junk = { $n ->
    [one] Report 1 message as junk?
   *[other] Report { $n } messages as junk?
  }
what-notjunk = { $n ->
    [one] Put 1 message back into the inbox?
   *[other] Put { $n } messages back into the inbox?
  }
sure-all = These are all messages in “{ $mailbox }”, in lots of 1,000. Those that arrive now are not among them.
sure-destroy = They cannot be found again here.
none-role = There is no “{ $role }” folder in this account
none-make = Make “{ $role }” and go on
refused-title = The server refused
refused-still = The messages stayed where they were, as they were.
refused-todo = Choose another folder, or try again later. If it goes on, tell your help desk.
row-deleted = deleted
row-done = dealt with
row-filed = filed
row-read-elsewhere = marked as read, not opened here
keys-select = Select the message
keys-archive = Archive
keys-delete = Delete
keys-flag = Add or remove the star
keys-move = Move
keys-escape = Leave the selection
problem-read-only = This folder can be read but not changed.
problem-no-mark = This folder does not keep this mark.
problem-nothing-chosen = No message is selected.
problem-already-there = These messages are in this folder already.
problem-only-copies = Not all originals are still where they were: the copies were kept.
problem-asked-before = This was asked for a moment ago, and the answer is not here yet.
problem-too-late = This can no longer be undone.
todo-owner = Ask whoever manages this folder, or your help desk.
todo-choose = Go back to the list and tick messages.
todo-elsewhere = Choose another folder.
todo-look-there = Look into the folder first; if nothing came there, ask again from the list.
todo-by-hand = You can do it by hand: open the folder where these messages are.
reading-pane = Reading
list-pane = List of messages
reading-choose = Choose a message to read.

## Save for other software
save-title = Save for my software
save-messages = { $n ->
    [one] { $n } message
   *[other] { $n } messages
}
save-files = { $n ->
    [one] { $n } file
   *[other] { $n } files
}
save-gone = { $n ->
    [one] One of the messages you chose is not there any more: it was moved or deleted.
   *[other] { $n } of the messages you chose are not there any more: they were moved or deleted.
}
save-all = { $n ->
    [one] It is the only message of this folder.
   *[other] These are all { $n } messages of this folder.
}
save-newest = { $n ->
    [one] It is the newest of the { $of } messages of this folder.
   *[other] These are the newest { $n } of the { $of } messages of this folder: no more are saved at a time. Once these are archived or moved, you can save the next ones.
}
save-files-title = The attachments
save-files-what = One ZIP file. Each attachment is named “date_sender_subject_name” in it; the table “index.csv” says which message it came with, and what could not be read.
save-files-button = Save the attachments
save-no-files = These messages have no attachments.
save-messages-title = The whole messages
save-messages-what = One ZIP file with an .eml file for each message, as it came, and the same table.
save-messages-button = Save the messages
save-after-title = Then
save-after-what = Once everything is in your software, mark these messages as filed: whoever reads this mailbox with you will see it.
save-after-button = Mark as filed
save-check = If saving breaks off, the file will not open: start again.
save-col-file = File
save-col-date = Date
save-col-sender = Sender
save-col-address = Address
save-col-subject = Subject
save-col-name = Original name
save-col-octets = Octets
save-col-state = State
save-col-id = Message-ID
save-is-saved = saved
save-is-empty = no attachment
save-is-cut = too long to be read to its end: there may be more attachments in the message itself
save-is-gone = not there any more
save-is-unreadable = could not be read
save-is-too-many = too many files: start again with fewer messages
## Finding
search = Search
search-title = Search
search-results = Search results
search-words = Words, from:martin, before:2025…
search-help = You can also write from: to: subject: before: after: larger: in: has:attachment is:unread, and "words in quotes".
search-options = More choices
search-where = Where to search
search-here = In this folder
search-everywhere = In all folders
search-from = From
search-to = To
search-subject = Subject
search-after = From day
search-before = Before
search-state = State
search-size = Size
search-any = Any
search-larger = Larger than { $n } MB
search-files = With an attachment
search-filters = Show only
filter-all = All
filter-more = Other filters
filter-unread = Unread
filter-read = Read
filter-flagged = Starred
filter-answered = Answered
filter-done = Dealt with
filter-todo = To deal with
search-files-what = Mail servers cannot search for attachments. Shown are the messages whose description names a file; one without such a description may be missing.
search-so-far = Searched back to { $date }, still searching…
search-back-to = Searched back to { $date }.
search-none = No results.
search-no-more = No more results.
search-none-yet = Nothing found so far.
search-found = { $n ->
    [one] { $n } result.
   *[other] { $n } results.
  }
search-shown = { $n ->
    [one] { $n } result on this page.
   *[other] { $n } results on this page.
  }
search-shown-of = { $n ->
    [one] { $n } result on this page, of at least { $found }.
   *[other] { $n } results on this page, of at least { $found }.
  }
search-whole = Every message of this folder was looked at.
search-further = Search further back
search-cut-none = The search stopped before anything was found.
search-cut = { $n ->
    [one] The search stopped; the result above stays.
   *[other] The search stopped; the { $n } results above stay.
  }
search-go-on = Go on from there
hit-here-alone = In this folder; the others are on the page of results.
hit-no-older = There is no older result.
hit-no-newer = There is no newer result.
hit-results = Back to the results
search-more-here = Search on in this folder
search-everywhere-cut = The search stopped here; what was found above stays.
search-folders-left = { $n ->
    [one] One folder is still to be searched.
   *[other] { $n } folders are still to be searched.
  }
search-found-everywhere = { $n ->
    [one] { $n } result on this page.
   *[other] { $n } results on this page.
  }
search-whole-everywhere = Every message of all folders was looked at.
search-all-visited = All folders were searched, not all to their end: where a link says so, there may be more.
search-whole-rest = Every message of the folders on this page was looked at.
search-accents = Your mail server cannot search for letters with accents: results may be missing. Look for a word without any.
search-stop = Stop
search-looking = Searching further back…
search-stopped = Stopped. The results above stay.
search-nothing = Type what to search for.
search-no-mailbox = There is no folder of this name:
search-bad-date = This is not a date (write 2025-03-31, 31/03/2025 or 2025-03):
search-bad-size = This is not a size (write 500k or 5M):
search-bad-mark = After “is:” comes unread, read, flagged, answered, done or todo, not:
search-bad-has = After “has:” comes attachment, not:
search-too-long = This is longer than can be searched for. It was cut, please check it.
search-too-many = These are too many words at once. The last ones were left out, please check.
date-title = Go to a date
date-month = Month
date-year = Year
date-go = Go
date-help = The list opens there. In a folder that was moved from another server this may take some seconds.
sort-title = Sort
sort-what = The list shows first what arrived last. Another order shows the folder as it is when you ask for it.
sort-date = Date written
sort-from = Sender
sort-to = Recipient
sort-subject = Subject
sort-size = Size
sort-newest = newest first
sort-oldest = oldest first
sort-a-z = A to Z
sort-z-a = Z to A
sort-largest = largest first
sort-smallest = smallest first
sort-usual = Order of arrival
sort-now = Sorted: { $key }, { $order }. The folder as it was at { $time }.
sort-by-address = Your mail server sorts people by their addresses, not by their names.
sort-moved = Messages came or went since the page before. Some may be repeated here, others may be missing.
sort-again = Sort again
sort-next = Next page
sort-previous = Previous page
sort-off = Folders are not sorted otherwise here.
sort-too-many = This folder holds { $n } messages. Beyond { $most } it is not sorted: the mail server would take too long.
sort-unable = Your mail server cannot sort. Relais does it for up to { $most } messages; this folder holds { $n }.
sort-too-slow = The mail server did not sort this folder within { $seconds ->
    [one] { $seconds } second
   *[other] { $seconds } seconds
}. The request was given up.
sort-still = Your messages are there, in their order of arrival.
sort-todo = To find one, search for a word or a person, or go to a date.
sort-list = See the list
list-none-before = No message of this folder arrived before { $date }. These are its oldest.
date-bad = This is not a month. Write the year with four digits.
## Several mailboxes in one browser
accounts-title = Your mailboxes
accounts-what = The mailboxes that are open in this browser. The one that is shown is also the one you write from.
accounts-add = Add a mailbox
accounts-others = { $n ->
    [one] Switch mailbox (1 other)
   *[other] Switch mailbox ({ $n } others)
}
accounts-show = Show
accounts-here = shown
accounts-unread = { $n ->
    [0] No unread messages
    [one] 1 unread message
   *[other] { $n } unread messages
}
accounts-unread-unknown = Its server does not say how many messages are unread.
accounts-full = Five mailboxes are open: sign out of one to add another.
accounts-kept = “Sign out”, elsewhere in Relais, leaves all of them. A mailbox that was not shown for long closes by itself.
login-beside = Stays open beside it:

## Message
message-neighbours = Neighbouring messages
message-newer-long = Previous message (newer)
message-older-long = Next message (older)
thread-title = Conversation
thread-show = Show the other messages
thread-this = this message
thread-alone = No other message of this conversation was found.
thread-where = Looked for in { $where }, three months before and after this message.
thread-part = Not every message was looked at.
thread-back-to = { $where }: from { $date } on.
thread-up-to = { $where }: up to { $date }.
thread-more = There are more messages than these.
thread-further = Search all folders for it
message-more = Other actions
paper-line = { $label }: { $said }
message-print = Print
message-headers = All headers
message-download = Download the message
message-forwarded = Forwarded message
message-nested-more = More messages are forwarded inside. Download the message to read them.
message-incomplete = This message has parts that cannot be shown here. Download it to have all of it.
to-you = to you
to-you-and = { $n ->
    [one] to you and { $n } other
   *[other] to you and { $n } others
  }
to-one = to { $name }
to-one-and = { $n ->
    [one] to { $name } and { $n } other
   *[other] to { $name } and { $n } others
  }
to-unknown = recipients not given
recipients-left-out = { $n ->
    [one] and { $n } other recipient
   *[other] and { $n } other recipients
  }
field-from = From
field-sender = Sent by
field-reply-to = Reply to
field-to = To
field-cc = Copy
field-bcc = Hidden copy
field-more = Others
field-date = Date
sent-at = Sent
sent-unknown = No sending date given
arrived-at = arrived
warn-name = The name shows an address other than the one this message comes from. Check before you answer.
warn-reply-to = Answers to this message would go to an address in another domain. Check before you answer.
warn-unclear = It is not clear who sent this message. Check before you act on it.
files = Attachments
file-unnamed = Unnamed document
file-open = Open
file-save = Save { $name }
images-blocked = { $n ->
    [one] { $n } remote image blocked: loading it would tell the sender that you read this message.
   *[other] { $n } remote images blocked: loading them would tell the sender that you read this message.
  }
images-show = Show images
show-as-text = See as plain text
show-as-html = See the layout
body-frame = Content of the message
body-nothing = This message has no text.
layout-refused = The layout of this message is too large or too intricate to be shown safely. This is its text.
protection-signed = This message is signed. Relais does not check signatures: a mail program does.
protection-sealed = The text of this message is sealed inside its signature (S/MIME). Save the attachment and open it with a mail program.
protection-smime = This message is encrypted (S/MIME). Only a mail program that holds your key can read it: save the attachment and open it there.
protection-pgp = This message is encrypted (OpenPGP). Only a program that holds your key can read it: save the attachment and open it there.
text-quoted = Quoted text
text-cut = The rest is too long to be shown here. Download the message to read all of it.
seen-on-server = Marked as read on the server: your other programs show it as read.
unseen-on-server = Not marked as read on the server: your other programs show it as unread.
mark-opened = I have read this message
mark-read = Mark as read
mark-unread = Mark as unread
headers-what = The header fields of the message, as the server received them.
headers-cut = There are more. Download the message to see all of them.

## No message at this address any more
stale-list = See the list as it is now

## Service status
status-title = Service status
status-since = since { $moment }
status-works = Works:
status-broken = Does not work:
status-todo = What to do:
status-updated = Updated { $moment }
status-next = next update { $moment }
status-next-late = next update was due { $moment } and has not come
status-end = expected end { $moment }
status-quiet = No incident reported
status-quiet-what = Reading your mail from this page works normally, as far as we know.
status-about = About: { $names }
status-trouble = Your mail cannot be reached from here at the moment
status-trouble-start = reading and sending from this page, because Relais waits for its database.
status-trouble-since = reading and sending from this page, because Relais has heard nothing from its database since { $moment }.
status-trouble-works = your mail is safe on its server; what Relais accepted to send is kept, and leaves afterwards.
status-trouble-todo = try again in a few minutes; if it is urgent, telephone.
status-quiet-but = No incident is announced, but by the measures below not everything is as usual.
status-software = Your software’s access
status-remarks = Good to know
status-to-mail = Open my mail
software-count = { $n } of { $all } work
software-count-restored = { $n } of { $all } restored
software-works = works
software-restored = restored
software-restored-on = restored { $moment }
software-progress = in progress
software-broken = does not work
measures-title = Measures
measures-none = Nothing has been measured yet.
measures-as-of = Measures as last known { $moment }
measure-server = Mail server
measure-open = Opening a mailbox
measure-send = Sending
measure-arrive = Time to arrive
measure-delay = Delay of received mail
delay-hour = last hour
delay-half = { $when }: half within { $half }
delay-within = { $when }: half within { $half }, 9 of 10 within { $most }
delay-few = last hour: not enough mailboxes with new mail ({ $n } at least)
measure-usual = usually { $time }
measure-now = { $time } just now
measure-normal = normal
measure-late = late
measure-unknown = not measured
measure-none-since = nothing measured since { $moment }
measure-few = too little measured so far
server-answers = answers
server-silent = does not answer
server-takes-none = takes no mail
server-unknown = not known
server-others = other addresses
queue-none = no message is waiting
queue =
    { $n ->
        [one] { $n } message is waiting, for { $time }
       *[other] { $n } messages are waiting, the oldest for { $time }
    }
proposal-open-title = Opening a mailbox is slow
proposal-open-works = reading and sending from this page, more slowly
proposal-open-todo = wait, and do not reload the page again and again
proposal-send-title = Mail leaves late
proposal-send-todo = do not send twice: follow your messages under “Tracking”
proposal-arrive-title = Mail arrives late
proposal-arrive-works = reading and sending from this page
proposal-silent-title = The mail server does not answer
proposal-silent-broken = reading and sending
proposal-takes-none-title = Mail does not leave
proposal-takes-none-works = reading mail
proposal-kept = writing: a message that was accepted is kept and leaves as soon as it can
proposal-telephone = telephone for what is urgent
time-seconds = { $n } s
time-minutes = { $n } min
time-hours = { $n } h
time-days = { $n } d
chart-open = Time to open: from { $first } { $from } to { $last } { $to }, at most { $most } { $on }
chart-send = Time to send: from { $first } { $from } to { $last } { $to }, at most { $most } { $on }
chart-delay = Delay of received mail: from { $first } { $from } to { $last } { $to }, at most { $most } { $on }
chart-arrive = Time to arrive: from { $first } { $from } to { $last } { $to }, at most { $most } { $on }

## Privacy and accessibility
privacy-title = Privacy
privacy-mail = Your mail
privacy-mail-what = This page gives you access to the mailbox you already have. Your mail stays on your mail server: Relais keeps no copy of it.
privacy-kept = What is kept, and until when
privacy-sign-in = Your sign-in:
privacy-sign-in-until = your address, the kind of browser and its network, encrypted, and your password, encrypted so that only your browser can open it. Until you sign out, at the latest after { $own } without a click ({ $shared } on a shared device), { $all } in all. The networks you signed in from, as fingerprints: 90 days.
privacy-drafts = Your drafts:
privacy-drafts-until = encrypted, until they are sent, deleted, or untouched for 30 days.
privacy-device = On your device:
privacy-device-until = what you write and the service does not have yet, encrypted in your browser, for 30 days at most. Never on a shared device.
privacy-sent = What you send from here:
privacy-sent-until = encrypted, for 30 days after it was settled; to whom, when and with what outcome, for 180 days. That is what your Tracking page shows.
privacy-password = The password of a message that waits:
privacy-password-until = encrypted for that message alone, until it has left, for { $life } at most.
privacy-settings = Your settings, the senders you sorted, and marks of what you opened:
privacy-settings-until = encrypted, until you erase them, or for 400 days without a visit.
privacy-audit = The security record:
privacy-audit-until = sign-ins, messages and files opened, messages sent, for 180 days, as fingerprints that tell neither your address nor subject nor content.
privacy-closes = This access is temporary: it closes { $closes }, and everybody is signed out. What became of sent mail can be read until { $over }; whoever runs the service can then wipe all that is left at once.
privacy-cookies = Cookies serve your sign-in, the language and the time. None follows you, and nothing is loaded from elsewhere unless you ask for it.
privacy-who = Who can see it
privacy-who-what = A copy of the data does not open without the key, which is kept apart. Whoever runs the service can know what you sent from here, to whom and when, and what became of it. Whoever holds both the data and the key could open what is kept, except the password of your sign-in, as long as no message of yours waits.
privacy-rights = Your rights
privacy-rights-what = You can ask the organisation that runs this service to show, correct or erase what concerns you, or object to it. If its answer does not satisfy you, turn to your data protection authority.
accessible-title = Accessibility
accessible-state = Where we are
accessible-state-what = This page is made to be usable by everybody: by keyboard, with a screen reader, enlarged, in the dark, on a small phone, with or without JavaScript. It aims at WCAG 2.1, level AA. No complete audit has been made yet: it is therefore declared not compliant.
accessible-checked = Checked with each version: the main screens, in French and English, by an automatic tool (axe); the keyboard alone; a width of 320 pixels; use without script.
accessible-limits = What is not in our hands
accessible-limits-what = A message is shown as its author wrote it: its pictures may lack descriptions, its attachments may not be accessible. The plain text of a message is always offered where there is one.
accessible-tell = Tell us what stops you
accessible-tell-what = Something is difficult? Tell your help desk, who will give you the content in another way.
accessible-remedy = Without a satisfactory answer you can turn to the body in charge of equal rights in your country.
span-days = { $n ->
    [one] 1 day
   *[other] { $n } days
}
span-hours = { $n ->
    [one] 1 hour
   *[other] { $n } hours
}
span-minutes = { $n ->
    [one] 1 minute
   *[other] { $n } minutes
}

## What the administrator hands out
kit-title = Your mail, on this page
kit-scan = Scan this code, or type in your browser:
kit-step-open = Open the address above, on a computer, tablet or phone. Nothing to install.
kit-step-open-typed = Open this address, on a computer, tablet or phone. Nothing to install.
kit-step-password = Type your address, and the password of your mailbox, not your software’s.
kit-step-shared = On a shared device tick “Shared device”, and sign out when you leave.
kit-step-write = Read, answer, send. “Tracking” says what became of each message you sent.
kit-right = Is it the right page?
kit-right-what = Its address begins exactly with { $address }/ and shows the padlock. Nobody will ask you for your password by mail or by phone.
kit-status = What works, what does not:
kit-message-subject = Subject: reading and sending your mail during the incident
kit-message-hello = Hello,
kit-message-what = Your software no longer receives or sends your mail? It is all in your mailbox, which you can open here: { $address }
desk-title = Help desk: ten questions about the emergency mail page
desk-first = Look first at what is announced:
desk-where = Where is my mail?
desk-where-what = At the address above. Nothing to install; a phone is enough. It is the same mailbox: what is read, sent or filed there is so for the software too.
desk-password = My password is not accepted.
desk-password-what = It is the mailbox’s, not that of the software or of Windows. After several tries one must wait as long as the page says: do not insist. The page says whether the password or the server is to blame.
desk-slow = The page is slow, or says that the server does not answer.
desk-slow-what = It is the mail server that is late; the page says at which step. Try again in a few minutes. What was being written is not lost.
desk-missing = Messages are missing.
desk-missing-what = The list is in order of arrival: a late message stands at its hour of arrival, not when it was sent. Look into “Junk” and the other folders too. Relais deletes nothing by itself.
desk-software = Must I reinstall or reconfigure my software?
desk-software-what = No, unless the status page says so. This page changes none of its settings.
desk-sent = Did my message leave?
desk-sent-what = “Tracking” says so for each recipient: sending, passed on, delivered, refused. “Uncertain” means that it may have left: the page offers to send it again and says what that may do.
desk-attachment = I cannot attach or open a document.
desk-attachment-what = The page where one writes says which size is allowed. A received document opens if it is an image, a PDF or text; others are saved.
desk-signed-out = I was signed out without asking for it.
desk-signed-out-what = After a time without a click, a short one on a shared device. Sign in again: what was written is offered again.
desk-phone = How do I keep it at hand on my phone?
desk-phone-what = Open the address, then “Add to Home screen” in the browser’s menu.
desk-suspicious = I received a message that asks for my password, or names another address.
desk-suspicious-what = Do not answer, do not click, report it. If the password was given: change it at once, then “Settings”, “Where you are signed in”, and end the others.
desk-tools = To go further
desk-why = Last sign-ins, the step that failed, messages that wait, never their content:
desk-check = What the server answers to this person, step by step:
desk-reference = The reference that an error page shows is found in the log of the service.
desk-reset = Forgotten password:

## When something goes wrong
problem-title = That did not work
problem-title-signed-out = You are signed out
problem-title-not-found = Page not found
problem-title-wait = A little patience
problem-title-gone = No longer here
problem-kept = What you wrote is not lost:
problem-reference = Reference for the help desk:
problem-refused = The server { $server } refuses the connection.
problem-timed-out = { $seconds ->
    [one] The server { $server } did not answer within { $seconds } second ({ $stage }).
   *[other] The server { $server } did not answer within { $seconds } seconds ({ $stage }).
  }
problem-broke = The server { $server } cut the connection ({ $stage }).
problem-certificate = The identity of the server { $server } could not be verified: its certificate is not valid.
problem-certificate-revoked = The identity of the server { $server } could not be verified: its certificate was revoked.
problem-not-admitted = The server { $server } does not let Relais in: it wants to be shown a certificate that it trusts.
problem-not-imap = What answers at the address of { $server } is not an IMAP mail server.
problem-no-safe-sign-in = The server { $server } offers no safe way to sign in.
problem-no-way-in = The server { $server } takes none of the ways to sign in that Relais knows.
problem-password = The address or the password is not right.
problem-other-domain = This access is not open to the mail domain of this address.
problem-not-on-the-list = The password is right, but this temporary access is not open to your mailbox.
problem-signed-out = Your session has ended, or you were not signed in.
problem-circuit = The server { $server } does not answer at the moment. Relais waits a little before it asks again.
problem-crowded = Too many requests are waiting at the moment: yours did not have its turn in time.
problem-busy = All connections to your mailbox are in use at the moment.
problem-mailbox-gone = This folder no longer exists on the server, or you have no access to it.
problem-mailbox-rebuilt = This folder was rebuilt on the server: the address of this message is no longer valid.
problem-message-gone = This message is no longer in this folder.
problem-too-complex = This message is too complex to be shown here.
problem-too-big = This is too big to be shown here.
problem-not-found = There is nothing at this address.
problem-form-expired = This page had been open for too long, or the request came from elsewhere: to be safe, nothing was done.
problem-bad-request = A part of the request cannot be used.
problem-too-many = Too many attempts to sign in within a short time.
problem-send-limit = Your account has written to as many recipients as it may.
problem-said-no = The server { $server } refused the request.
problem-internal = An error occurred in Relais.
still-password-fine = Your password is not the cause.
still-password-kept = Your password was not sent to it.
still-not-asked = Your password was sent nowhere.
still-mail-safe = Your messages are on the server; Relais erased none of them.
still-password-unknown = The server did not say whether your password is right.
still-act-unknown = The change may have been made all the same: the list will show it.
still-answering = The mail server itself is answering.
still-crowded = Your mailbox and your password are not the cause.
still-busy = The server works; other pages or devices use these connections.
still-others = Your other folders and messages can still be read.
still-rebuilt = The folder’s list shows what it holds now.
still-download = It can be downloaded as it is.
still-nothing-done = Nothing was sent or changed.
still-too-many = Your mailbox goes on receiving your messages.
todo-wait = { $seconds ->
    [one] Try again in { $seconds } second.
   *[other] Try again in { $seconds } seconds.
  }
todo-retry-status = Try again in a moment. The service status page says whether there is an incident.
todo-tell-help = Trying again will not change this: tell your IT help desk.
todo-password = Check both, with the password of your mailbox, not the one of your software.
todo-other-domain = Check the address. If it is right, use your usual way to your mail.
todo-not-on-the-list = Use your usual way to your mail, or ask your IT help to add your address.
todo-sign-in = Sign in again.
todo-folders = Choose a folder from the list.
todo-rebuilt = Find the message in the folder’s list as it is now.
todo-message-gone = It may have been moved or deleted elsewhere. Go back to the list.
todo-download = Download it, and open it with a mail program.
todo-not-found = Check the address, or go back to your folders.
todo-form = Check what you wrote, then send it again.
todo-send-later = It can be sent { $moment }.
todo-check = Go back, check, and try again.
todo-said-no = Its answer is below. If it tells you nothing, pass it on to your IT help desk.
todo-internal = Try again. If it goes on, give the reference below to your IT help desk.
stage-connect = connecting
stage-tls = encryption
stage-greeting = first contact
stage-sign-in = signing in
stage-mailboxes = list of folders
stage-open = opening the folder
stage-read = reading
stage-search = searching
stage-sort = sorting
stage-act = changing

# While the mail server is slow
message-title = Message
status-plaintext = The link between Relais and the mail server is not encrypted.
line-title = Many people at the moment
line-place = { $n ->
    [one] You are next.
   *[other] You are number { $n } in the line.
}
line-seconds = { $n ->
    [one] About 1 more second.
   *[other] About { $n } more seconds.
}
line-stay = Keep this page open: it fills by itself when it is your turn.
waiting = The mail server is taking its time…

## What became of sent mail
outbox-short = Tracking
outbox-title = Tracking of sent mail
outbox-one = Tracking
outbox-empty = Nothing sent yet
outbox-empty-what = What you send from this page will be followed here.
outbox-attention = { $n ->
    [one] { $n } sent message needs you
   *[other] { $n } sent messages need you
  }
outbox-attention-what = For the others there is nothing to do.
outbox-calm = No sent message needs you
outbox-calm-what = Nothing to do.
outbox-history = Other messages
outbox-between = What you sent between { $from } and { $to }
outbox-between-what = Sent by Relais, and what became of it. Open one to send it again, as long as its text is kept (30 days); what became of it is kept for 180 days. What other software sent is not here.
outbox-between-none = Relais sent nothing for you in that time.
outbox-all = All sent mail
outbox-older = See older ones
outbox-see = See what became of them
outbox-share = ({ $some } of { $all })
outbox-next-try = Next try { $moment }.
outbox-departs = Leaves { $moment }.
outbox-accepted-at = Accepted by Relais { $moment }
outbox-recipients = Recipients
outbox-trail = Step by step
outbox-reference = Reference of the message:
outbox-retry = Try again
outbox-retry-twice = If the first try did arrive, the recipient will get this message twice.
outbox-cancel = Cancel sending
outbox-dismiss = Put aside
outbox-answered = This answers a message that you received.
outbox-undo = Undo
outbox-too-late = Too late for that: this is how it stands now.
list-nobody-to = (no recipient)
state-waiting = waiting
state-sending = sending
state-accepted = accepted
state-relayed = passed on
state-delivered = delivered
state-displayed = read
state-answered = answered
state-delayed = delayed
state-refused = refused
state-uncertain = uncertain
state-sign-in = sign in again
state-given-up = given up
state-cancelled = cancelled
means-waiting = Has not left yet.
means-sending = Relais is handing it to the sending server.
means-accepted = Accepted; this server does not confirm delivery.
means-relayed = Passed on to a server that does not confirm delivery.
means-delivered = Delivered to the recipient’s mailbox.
means-displayed = Displayed by the recipient.
means-answered = The recipient answered.
means-delayed = A server further on cannot deliver it yet.
means-refused = Refused by the server.
means-uncertain = Cut off right after sending.
means-sign-in = Relais has no password that the server takes to send it.
means-given-up = Relais stopped trying.
means-cancelled = You cancelled it.
do-waiting = Nothing to do: Relais tries by itself.
do-accepted = Nothing to do.
do-nothing = Nothing to do.
do-delayed = Nothing to do: that server keeps trying. If it is urgent, call.
do-refused = Check the address and write again, or tell the recipient in another way.
do-uncertain = It may have arrived. Ask the recipient before you try again.
do-sign-in = Sign out, then sign in with your current password: sending will go on.
do-given-up = The message did not leave. Try again, or tell the recipient in another way.
do-cancelled = It did not leave.
do-perhaps = Perhaps it arrived. Ask the recipient before you send it again.
do-late = It has been waiting for more than 4 hours; Relais goes on trying. If it is urgent, call.
do-doubted = A message without proof says that it failed: call the recipient, or send it again.
reason-mailbox = Unknown mailbox: check the address.
reason-domain = Unknown domain: check what follows the @.
reason-address = Address refused: check it.
reason-full = The recipient’s mailbox is full.
reason-big = Too big a message for this server.
reason-rules = Against the rules of this server.
reason-other = The server does not take it: open to see its answer.
cause-answer = It asked to wait.
cause-deadline = It did not answer in time.
cause-closed = It closed the connection.
cause-unreachable = It cannot be reached.
cause-certificate = Its certificate is not valid.
cause-not-admitted = It wants to be shown a certificate that it trusts.
cause-protocol = Its answer made no sense.
cause-no-way-in = It offers no way to sign in that Relais knows.
cause-stopped = Relais was stopped before.
cause-store = Relais could not read what it keeps.
cause-unreadable = What Relais kept can no longer be read.
cause-no-server = No sending server is configured.
trail-kept = Accepted by Relais, and written down.
trail-departs = Leaves
trail-next = Next try
trail-in-data = Handing over to the sending server began.
trail-accepted = The sending server took charge of it.
trail-refused = Refused.
trail-put-off = The server did not take it this time.
trail-unknown = The server’s answer was lost: nobody knows whether it took the message.
trail-abandoned = Sending broke off before the server’s answer: nobody knows whether it took the message.
trail-resent = Relais sent it a second time, unchanged.
trail-sign-in-refused = The server refused the password.
trail-sign-in-gone = The password is no longer kept.
trail-signed-in = You signed in again.
trail-retried = You asked for another try.
trail-cancelled = You cancelled it.
trail-dismissed = You put it aside.
trail-copied = A copy is in your sent mail.
trail-not-copied = No copy could be kept in your sent mail; the message itself has left.
trail-given-up = Relais stopped trying.
trail-relayed = Passed on to a server that does not confirm delivery.
trail-delivered = Delivered to the recipient’s mailbox.
trail-delayed = A server further on cannot deliver it yet.
trail-failed = Came back: a server further on could not deliver it.
trail-displayed = Displayed by the recipient.
trail-answered = The recipient answered.

## Outbox: undo, later
outbox-leaves-in = Leaves in { $n } s
outbox-edit = Take back and edit
outbox-departs-sign-in = Until then your password is not kept: unless you sign in shortly before, it leaves at your next sign-in.
later-title = Send later
later-when = Leaves
later-what = Within 30 days. Your password is kept for { $hours } hours at most: beyond that the message leaves on time if you signed in during the { $hours } hours before, otherwise at your next sign-in.
later-no-time = The time to leave is not a date and an hour: choose it again, or empty the field.
later-past = The time to leave is over: choose another, or empty the field to send now.
later-too-far = The time to leave is too far away: 30 days at most.
state-held = held
means-held = Relais was put back from an old copy: it may have left already.
do-held = Ask the recipient, then let it leave or cancel it.
outbox-release = Let it leave
outbox-release-what = If it had left already, the recipient will get it twice.
trail-held = Held: Relais was put back from an old copy.
trail-released = Released: it may leave.
wrong-limit = Your account has written to as many recipients as it may. This message can be sent { $moment }: keep this page open, or copy its text.
wrong-too-many-at-once = Your account may write to { $n } recipients at once: send it in several goes, or use a mailing list.
trail-told = Relais wrote to you about it, in your inbox.
report-unsent = Did not leave: { $subject }
report-late = Has not left yet: { $subject }
report-said-unsent = A message that you sent failed, or nobody knows whether it arrived, for at least one recipient:
report-said-late = A message that you sent has not left yet. Relais goes on trying:
report-accepted = Accepted by Relais { $moment }. Reference: { $id }
report-refused = { $name }: refused
report-given-up = { $name }: Relais stopped trying
report-waiting = { $name }: waiting
report-server = The server says: { $words }
report-see = In Relais, Tracking shows each step and lets you try again.

## Writing
compose-title = Write
reply = Reply
reply-all = Reply to all
forward = Forward
field-subject = Subject
subject-reply = Re:
subject-forward = Fwd:
quote-wrote-on = On { $date } at { $clock }, { $name } wrote:
quote-wrote = { $name } wrote:
forward-head = ---------- Forwarded message ----------
forward-line = { $label }: { $value }
compose-check = Check without sending
compose-copies = Copy, hidden copy
compose-outside = outside your trusted domains
compose-follow = Follow this message
compose-send = Send
compose-attach = Attach files
compose-attach-now = Attach
compose-offers = Documents of the original message to forward:
compose-remove = Remove
compose-remove-file = Remove { $name }
compose-limit = { $size } more at most, all files together.
compose-not-sent = Nothing was sent. Your text is below, complete.
compose-see-sent = See what was sent
compose-signed-in-again = You are signed in again
compose-letter-other = A message was being written here from another account. It was not carried over.
compose-letter-kept = Your message is kept: the text, the recipients and the files already attached.
compose-go-on = Go on with my message
login-letter = Your session ended. Your message is not lost: it waits for you behind the sign-in.
people-found = Names are suggested: press the down arrow.
compose-people = People I write to
compose-people-add = Add to the recipients:
compose-people-done = Add those ticked
compose-nobody = You have not written to anybody from this mailbox yet.
compose-camera = Take a photo
upload-over = { $name } is too big: it was not attached.
upload-cancel = Cancel
upload-lost = { $name } did not arrive. Attach it again.
upload-wait = The files are still on their way: your message leaves once they are here.
wrong-not-yours = Your account may not write from { $name }: choose another address.
wrong-people = The people you write to could not be read from your mailbox. Type the address, or try again in a moment.
wrong-too-large = Your message would weigh { $size } on its way, and your server takes { $most }. Shorten it, or remove files.
wrong-nobody = A recipient is missing: write at least one address.
wrong-no-address = “{ $name }” is not an address: correct it or remove it.
wrong-letters = “{ $name }” has accented letters before the @, which most servers do not accept: ask your correspondent for another address.
wrong-too-many-people = Too many addresses in one field: send several times, or use a mailing list.
wrong-no-sender = Your account has no address that people could answer to: tell your help desk.
wrong-file-too-big = { $name } was not attached: the files of one message make { $size } at most together.
wrong-too-many-files = { $name } was not attached: there are too many files already. Remove some, or send several times.
wrong-file-not-kept = { $name } could not be kept: attach it again.
wrong-original = { $name } could not be taken from the original message: untick it, or try again in a moment.
wrong-too-much = The files make { $size } together; { $most } is the most possible. Remove some, or send several times.
wrong-files-late = Your session had ended when you added files: attach them again.
wrong-files-gone = Attached files are no longer there (they are kept for 24 hours): attach them again.
wrong-other-mailbox = This message was begun in another of your mailboxes. Sent from here it would leave from { $address }. Read it again, or show the other mailbox.
wrong-old-form = This page was open for too long, or is of another session. Read it again, then send.
wrong-broken-off = The page did not arrive whole. Check the text and the attached files, then try again.
wrong-cannot-send = No outgoing server is configured for your mail: from here you can only read. Tell your help desk.
wrong-sent-before = This page has already served to send another message. If you want to send this one too, press Send.
wrong-not-kept = Relais could not keep your message. Try again in a moment.
wrong-not-kept-reference = Relais could not keep your message. Try again in a moment. Reference for the help desk: { $reference }
doubt-title = Before sending, check:
doubt-outside = Outside your trusted domains:
doubt-everybody = Your answer will go to { $n } people:
doubt-no-file = Your text speaks of an attachment, and nothing is attached.
doubt-no-reply = Nobody reads what is sent to:
doubt-visible = { $n } recipients will see each other’s addresses. A hidden copy keeps them to yourself.
doubt-no-subject = The message has no subject.
doubt-send = Send anyway
doubt-or = Or correct it below, then send.

## Drafts
drafts = Drafts
folders-drafts = Drafts in progress
drafts-link = { $n ->
    [one] One draft waits
   *[other] { $n } drafts wait
}
drafts-none = No drafts.
drafts-kept = A draft is kept here, encrypted, until it is sent; for 30 days at most without a change.
drafts-two = Two texts
drafts-two-kept = This message was written in two tabs. Both texts are kept: choose the one to go on with, the other stays among your drafts.
draft-save = Save draft
draft-saved = Draft saved { $moment }.
draft-not-saved = Not saved yet: the text stays in this page.
draft-copied = It is in your Drafts folder too.
draft-no-mailbox = Your mailbox has no Drafts folder: it is kept here.
draft-not-copied = Your mail server has not taken the copy for the Drafts folder yet: the draft is kept here.
draft-other-tab = This message was changed in another tab too; both texts are kept.
draft-see-both = See both texts
device-letter = A message that did not reach Relais is on this device.
device-go-on = Go on writing
device-discard = Discard
device-discard-sure = Yes, discard
draft-go-on = Go on with this text
draft-resume = Go on with the draft
draft-delete = Delete
draft-delete-one = Delete the draft { $subject }
wrong-too-many-drafts = The draft could not be kept: you have too many. Delete some in the list of drafts.
edit-as-new = Edit as new
forward-attached = Forward as attachment
## Following: what comes back about sent mail
brief-seconds = { $n } s
brief-minutes = { $n } min
brief-hours = { $n } h
row-late = { $span } late
row-report = Report on a message you sent
outbox-looked = Your inbox was last looked at { $moment }.
outbox-never-looked = Your inbox has not been looked at yet.
outbox-awaited = You asked to follow this message: an acknowledgement is due { $moment } at the latest.
outbox-overdue = You asked to follow this message, and no acknowledgement came in time ({ $moment }).
outbox-lost = Your provider says that this message was lost. You can send it again.
outbox-lost-only = Your provider says that this message was lost.
outbox-ack-title = Acknowledgement
chip-overdue = { $hours } h without acknowledgement
chip-lost = said to be lost
chip-doubted = failure announced
overdue-line = You follow it; no acknowledgement came.
lost-line = Your provider says that it was lost: send it again.
claim-failed = A message without proof says that it failed.
claim-arrived = Delivered { $moment }, says a report without proof.
claim-displayed = Displayed { $moment }, says a receipt without proof.
claim-processed = Processed { $moment }, says a receipt without proof.
claim-answered = The recipient seems to have answered { $moment }; there is no proof.
claim-other = A report without proof came { $moment }.
trail-claimed = Without proof: the secret mark of this message is missing, so anybody who read it could have written this. The state above does not change.
trail-processed = Processed by a program of the recipient.
trail-deleted = Deleted by the recipient without being displayed.
trail-not-processed = It arrived, and the recipient’s software could not deal with it.
trail-claimed-too = Without proof.
trail-claimed-answered = The recipient seems to have answered.
trail-claimed-displayed = A read receipt says that the message was displayed.
trail-claimed-arrived = A report says that the message was delivered.
chip-receipt = read receipt
receipt-line = Read receipt sent, as you agreed.
receipt-title = Read receipt
receipt-asks = asks for a read receipt.
receipt-what = Nothing is sent unless you say so.
receipt-send = Send it
receipt-refuse = Do not send
receipt-subject = Displayed: { $subject }
receipt-text = Your message “{ $subject }” was displayed { $moment }. This does not say that it was understood or dealt with.
again-title = Send again
again-what = The server took this message. If it never arrived, you can send it again to { $n ->
    [one] 1 recipient
   *[other] { $n } recipients
}, as a new message that refers to the first. Whoever has the first will have both.
again-new = Send again
again-other = Send the identical message instead
again-identical-what = Octet by octet, with the same reference: a business program may insist on it. Some servers drop a second copy without a word; others show both.
again-identical = Send the identical message
again-sent = Sent again { $moment }
again-later = It can be sent again { $moment }: fifteen minutes at least lie between two.
again-in-flight = It is on its way, or nobody knows yet whether it left: wait for that first.
again-often = It was sent again three times: reach the recipient in another way.
again-never = It cannot be sent again.
again-line = [Sent again. The first time: { $moment }]
again-several = Send several again
again-several-what = What is ticked will be sent as new messages. What is on its way or uncertain is left out.
again-pick = Send again to { $who }: { $subject }
again-gone = None of it can be sent again: it was refused or cancelled, its readers have it, or its text is gone (texts are kept for 30 days).
again-none = Nothing calls for being sent again.
again-send = Send those ticked
again-not-done = { $n ->
    [one] 1 message was not accepted.
   *[other] { $n } messages were not accepted.
}
again-done = { $n ->
    [one] 1 message was accepted.
   *[other] { $n } messages were accepted.
}
## Settings
settings-title = Settings
settings-name = Your name
settings-reply-to = Replies to
settings-signature = Signature
settings-follow = Tick “Follow this message” beforehand
settings-save = Save
settings-saved = Saved.
settings-not-saved = Nothing was saved: correct what is marked.
settings-bad-reply-to = Write one address, or leave it empty.
settings-long-signature = The signature has more than { $n } characters: shorten it.
settings-kept = These settings are kept encrypted at the gateway. Empty the fields to erase them.
sessions-title = Where you are signed in
sessions-what = Each line is a browser in which your mailbox is open. If there is one you do not know, end its session, then change your password.
sessions-here = This session
sessions-unknown = Unknown browser
sessions-used = Last used { $moment }
sessions-used-after = Last used { $moment } or later
sessions-since = Signed in { $moment }
sessions-shared = Shared device
sessions-own = Own device
sessions-network = network { $network }
sessions-end = End
sessions-end-others = End all others
sessions-ended = { $n ->
    [0] There was nothing left to end.
    [one] 1 session was ended.
   *[other] { $n } sessions were ended.
}
sessions-only = You are signed in nowhere else.
sessions-kept = Browser and network are kept encrypted, as long as the session. A session ends within seconds; what is already on the other screen stays there.

## Received
acknowledge = Received
acknowledge-text = Received, thank you.
acknowledged = You answered “Received, thank you”.
acknowledged-trail = See what became of it
compose-same-subject = Keep the subject as it is:
losses-download = Download what was not acknowledged (CSV)
losses-more = There are more, and older ones: ask your IT help for them.

## Lanes
why-title = Why in “{ $lane }”?
why-move = Put this sender in:
why-forget = Stop sorting this sender
why-forged = An address can be imitated: being here does not mean that a message is safe.
senders-title = Sorted senders
senders-what = Their messages go where you put them, but for documents for your software, which stay first.
senders-none = You have not sorted any sender. You can do so at the end of a message.
senders-forget = Forget
senders-forget-all = Forget all of them
senders-kept = This list is kept encrypted at the gateway: 2,000 senders at most, each until you forget it or it was of no use for 400 days.
lanes-priority = Priority
lanes-commercial = Advertising
lanes-none = No message here.
lanes-no-more = No other message here.
lanes-none-yet = Nothing found so far.
lanes-back-to = Looked back to { $date }.
lanes-further = Look further back
row-for-software = for your software
lane-clinical = Clinical documents
lane-people = People
lane-transaction = What is under way
lane-list = Mailing lists
lane-notice = Delivery and absence notices
lane-advertising = Advertising
lane-why-chosen = You put this sender here.
lane-why-clinical-file = It brings a document made for medical software.
lane-why-clinical-subject = Its subject announces a document for medical software.
lane-why-clinical-report = Its subject is that of a result or a report, and it brings a document.
lane-why-answer = It answers a message of yours.
lane-why-written-to = You wrote to this sender.
lane-why-own = It comes from your own organisation.
lane-why-trusted = It comes from an organisation trusted here.
lane-why-health-network = Its address is one that only health professionals have.
lane-why-authority = Its address is one of a public authority.
lane-why-few-recipients = It names you and few others.
lane-why-conversation = It goes on with a conversation.
lane-why-wants-receipt = It asks whether you read it.
lane-why-mail-program = It was written in a mail program.
lane-why-ordinary = Nothing says that it was sent to many people.
lane-why-one-sign = Only one sign of advertising: that is not enough.
lane-why-report = It tells what became of a message.
lane-why-automatic-reply = A program answered in somebody’s place.
lane-why-list-post = It went to a mailing list that one can write to.
lane-why-list-address = It went to a group that one can leave.
lane-why-one-click = It offers to unsubscribe in one click.
lane-why-unsubscribe = It offers to unsubscribe.
lane-why-tool = It was sent with { $tool }, a tool for sending to many people.
lane-why-feedback-id = Its sender counts complaints, as campaigns do.
lane-why-bulk = It says itself that it was sent to many people.
lane-why-own-return = Its return address was made for this copy alone.
lane-why-newsletter-address = It comes from an address for newsletters, offers or events.
lane-why-sending-host = It comes from a domain made for sending to many people.
lane-why-offer-subject = Its subject speaks of an offer or a newsletter.
lane-why-automatic = A program sent it, and not to a list of subscribers.
lane-why-no-reply = It comes from an address that reads no answers.
lane-why-code = It is about a code, a password or a sign-in.
lane-why-order = It is about an order, a delivery, a booking or a confirmation.
lane-why-money = It is about an invoice, a payment or a contract.
lane-why-appointment = It is about an appointment, a result or a request.
lane-why-account = It is about an account or a service you use.
lane-why-site = Somebody did something for you on a site.
lane-why-service-address = Its address is one of a service: bills, orders, appointments…
lane-why-reference = Its subject gives a day, a time or a number.
lane-why-warning = It warns of a danger or tells of a change.
lane-why-circle = Its sender’s name is that of people who do something together: a choir, a parish, parents.
lane-why-under-way = It was sent the way advertising is, but its subject offers nothing and seems to be about something of yours.

# The way of a message
way-title = Way of the message
way-show = See its way
way-late = { $span } late.
way-late-operator = { $span } late, at your operator.
way-late-host = { $span } late, most of it at { $host }.
way-in-time = Not late: { $span } from its first server to your mailbox.
way-in-time-up-to-the-last = Not late: { $span } from its first server to its last.
way-unknown = How long it took is not known: no server wrote down when it had this message.
way-before = It was handed in { $span } after it was written, by its sender’s clock.
way-written = Written
way-written-what = by the clock of whoever sent it
way-nameless = A server that does not say its name
way-own = your operator
way-waited = { $span } here
way-no-time = no time
way-arrived = In your mailbox
way-moved = This is probably when the mailbox was moved to another server; it is not counted.
way-clocks = These are the times that each server wrote into the message, by its own clock. Where they contradict each other, nothing is counted.
way-believed = What servers other than your operator’s wrote cannot be verified.

## What arrived while something did not work
missed-title = What did I miss?
missed-what = While something does not work, mail goes on arriving, and other programs may mark it as read. Here is what arrived in that time, whatever they say.
missed-known = What was announced
missed-typed = Another time
missed-between = between { $from } and { $to }
missed-since = since { $from }, and not over
missed-from = From
missed-to = Until
missed-to-help = Leave the end empty for “until now”. One year at most.
missed-show = Show what arrived
missed-wrong = These are no two moments, one after the other and less than a year apart.
missed-arrived = Arrived between { $from } and { $to }.
missed-removed = What another program removed from the mailbox cannot appear here. “Marked as read, not opened here”: another program, or somebody, marked it without opening it here.
missed-stopped = Stopped. The counts so far stand below; the messages are not all shown.
missed-again = Look again
missed-table = Download the list of all of it (CSV)
missed-sent = What I sent in that time
missed-other = Another time
missed-n = { $n ->
    [one] { $n } message
   *[other] { $n } messages
  }
missed-to-read = { $n } to read
missed-to-file = { $n } to file
missed-filed = { $n } filed
missed-cut = There are more: only the newest were counted. Choose a shorter time.
missed-total = { $n ->
    [one] In one folder:
   *[other] In { $n } folders:
  }
missed-left-out = Sent mail, drafts and “All mail” are left out; trash and junk come last. “To read” means: nobody opened it here.
missed-clinical = clinical documents
missed-people = written by people
missed-rest = the rest
missed-clinical-among = Clinical documents come first, looked for among the newest { $n } messages of each folder.
missed-clinical-late = Clinical documents could not be looked for everywhere: there may be some further down.
missed-more = { $n ->
    [one] { $where }: one more message to read
   *[other] { $where }: { $n } more messages to read
  }
missed-save = Save these messages for my software
missed-none = Nothing arrived in that time.
missed-nothing = Nothing is left to be read: everything that arrived in that time was opened here.
missed-later = { $n ->
    [one] One folder was not looked at yet.
   *[other] { $n } folders were not looked at yet.
  }
missed-line = Something did not work between { $from } and { $to }.
missed-line-n = { $n ->
    [0] Nothing arrived here during the incident (between { $from } and { $to }).
    [one] One message arrived here during the incident (between { $from } and { $to }).
   *[other] { $n } messages arrived here during the incident (between { $from } and { $to }).
  }
missed-line-most = More than { $n } messages arrived here during the incident (between { $from } and { $to }).
missed-line-unopened = { $n ->
    [0] All were opened here.
    [one] One was not opened here.
   *[other] { $n } were not opened here.
  }
missed-line-unopened-one = { $n ->
    [0] It was opened here.
   *[other] It was not opened here.
  }
missed-line-unopened-least = At least { $n } { $n ->
    [one] was not opened here.
   *[other] were not opened here.
  }
missed-line-back = Back to what I missed
missed-line-hide = Hide
missed-line-see = Look through them
missed-line-what = Look through what arrived meanwhile
missed-col-folder = Folder
missed-col-arrived = Arrived
missed-col-from = From
missed-col-subject = Subject
missed-col-documents = Documents
missed-col-opened = Opened here
missed-col-elsewhere = Marked as read
missed-col-filed = Filed
missed-yes = yes
missed-no = no
missed-table-whole = The list is complete.
missed-table-part = The list is not complete.
missed-table-sick = This folder could not be read to its end.

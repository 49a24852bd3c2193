# Les mots de Relais en français. Apostrophes ’ et espaces insécables : un test y veille.
# Les mêmes clés, avec les mêmes arguments, sont dans en.ftl.

## Partout
skip = Aller au contenu
back = Retour
back-to-list = Retour à la liste
retry = Réessayer
help-by-phone = Aide :
no-subject = (sans objet)
alert-says = Le serveur de messagerie signale :
server-says = Réponse du serveur :
unread-count = { $n ->
    [one] { $n } non lu
   *[other] { $n } non lus
  }
unread-word = { $n ->
    [one] non lu
   *[other] non lus
  }

## Avis
notice-label = État du service
notice-more = En savoir plus
notice-others = { $n ->
    [one] En savoir plus, et un autre avis
   *[other] En savoir plus, et { $n } autres avis
  }
notice-of = { $names } : { $title }
notice-over = terminé : { $title }
level-info = À savoir
level-degraded = Service perturbé
level-down = Service interrompu
level-restored = Service rétabli

## Nombres et dates
size-bytes = { $n ->
    [one] { $n } octet
   *[other] { $n } octets
  }
size-kilo = { $n } ko
size-mega = { $n } Mo
size-giga = { $n } Go
day-today = Aujourd’hui
day-yesterday = Hier
day-unknown = Sans date
date-weekday = { $weekday } { $day }
date-long = { $weekday } { $day } { $month } { $year }
date-short = { $day } { $month } { $year }
date-day = { $weekday } { $day }
moment-week = { $date } à { $clock }
moment-date = le { $date } à { $clock }
sentence-today = aujourd’hui
sentence-date = le { $date }
moment-today = aujourd’hui à { $clock }
weekday-mon = lundi
weekday-tue = mardi
weekday-wed = mercredi
weekday-thu = jeudi
weekday-fri = vendredi
weekday-sat = samedi
weekday-sun = dimanche
wd-mon = lun.
wd-tue = mar.
wd-wed = mer.
wd-thu = jeu.
wd-fri = ven.
wd-sat = sam.
wd-sun = dim.
month-1 = janvier
month-2 = février
month-3 = mars
month-4 = avril
month-5 = mai
month-6 = juin
month-7 = juillet
month-8 = août
month-9 = septembre
month-10 = octobre
month-11 = novembre
month-12 = décembre
mon-1 = janv.
mon-2 = févr.
mon-3 = mars
mon-4 = avr.
mon-5 = mai
mon-6 = juin
mon-7 = juil.
mon-8 = août
mon-9 = sept.
mon-10 = oct.
mon-11 = nov.
mon-12 = déc.

## Se connecter
login-title = Votre messagerie
login-which-password = Utilisez le mot de passe de votre boîte aux lettres, pas celui de votre logiciel.
login-address = Adresse
login-password = Mot de passe
login-submit = Se connecter
login-shared = Appareil partagé
login-shared-what = Cochez si d’autres personnes utilisent cet appareil : vous serez déconnecté après un moment sans activité, et rien de ce que vous écrivez n’y reste.
login-forgotten = Mot de passe oublié
login-signed-out = Vous êtes déconnecté. Vos messages restent dans votre boîte aux lettres.
logout = Se déconnecter
account-signed-in = Vous êtes connecté :

## Un accès provisoire
door-before-title = Pas encore ouvert
door-before = Cet accès à votre messagerie ouvre { $moment }.
door-before-what = D’ici là, passez par votre accès habituel. À l’ouverture, connectez-vous ici avec l’adresse et le mot de passe de votre boîte aux lettres.
door-until = Cet accès ferme { $moment }.
door-closing = Envoyez d’ici là ce que vous écrivez : chacun sera déconnecté. Vos messages restent dans votre boîte.
door-closing-label = Fermeture prochaine
door-closed-title = Cet accès est fermé
door-closed = Il a fermé { $moment }, et tout le monde a été déconnecté.
door-closed-what = Vos messages sont dans votre boîte aux lettres : lisez-les avec votre logiciel habituel. Ce qui a été accepté ici auparavant continue de partir.
door-suivi = Vous pouvez encore vous connecter ici pour voir ce que sont devenus vos envois ; ce suivi s’arrête { $moment }. On ne peut plus rien y écrire, envoyer ni modifier.
door-suivi-link = Voir ce que sont devenus mes envois
door-visit = Vous pouvez voir ici ce que sont devenus vos envois ; ce suivi s’arrête { $moment }. Rien ne peut plus être envoyé ni modifié : pour renvoyer un message, passez par votre logiciel habituel.
door-over = On ne peut plus voir ici ce que sont devenus les envois. Si vous en avez besoin, demandez à votre aide informatique.
door-away-title = Pas depuis ce réseau
door-away = Cet accès n’est ouvert que depuis certains réseaux, et vous ne venez pas de l’un d’eux.
door-away-what = Connectez-vous depuis le réseau de votre organisation, ou par son VPN, puis rechargez cette page. Vos messages sont à l’abri dans votre boîte aux lettres.
door-kept = Ce que vous écriviez n’est pas parti. Copiez-le avant de quitter cette page : il n’est gardé nulle part ailleurs.

## Dossiers
folders = Dossiers
folders-others = Boîtes d’autres personnes
folders-shared = Boîtes partagées
role-inbox = Réception
role-drafts = Brouillons
role-sent = Envoyés
role-archive = Archives
role-junk = Indésirables
role-trash = Corbeille
role-all = Tous les messages
role-flagged = Marqués d’une étoile
role-important = Importants

## Dossiers : les gérer
manage-title = Gérer les dossiers
manage-one = Un dossier
manage-new = Nouveau dossier
manage-name = Nom
manage-in = Dans
manage-top = (à côté des autres)
manage-create = Créer
manage-all = Vos dossiers
manage-change = Gérer
manage-hidden = masqué ailleurs
manage-created = Le dossier est créé.
manage-renamed = Le dossier a son nouveau nom.
manage-deleted = Le dossier est supprimé.
manage-subscribed = Les autres logiciels montrent de nouveau ce dossier.
manage-unsubscribed = Les logiciels qui ne montrent que les dossiers choisis ne montrent plus celui-ci. Ici il reste visible.
manage-removed = { $n ->
    [one] { $n } message effacé définitivement.
   *[other] { $n } messages effacés définitivement.
}
manage-holds = { $n ->
    [one] { $n } message, dont { $unread } non lu.
   *[other] { $n } messages, dont { $unread } non lus.
}
manage-children = { $n ->
    [one] Il contient un autre dossier :
   *[other] Il contient { $n } autres dossiers :
}
manage-rename-title = Renommer
manage-rename = Renommer
manage-rely = Un logiciel métier ou un téléphone peut chercher ce dossier par son nom : il ne le trouvera plus.
manage-role-sure = C’est un dossier dont votre messagerie se sert elle-même ; le changer quand même.
manage-inbox = La boîte de réception garde son nom et ne se supprime pas.
manage-subscribe-title = Dans les autres logiciels
manage-is-subscribed = Ce dossier est choisi : les logiciels qui ne montrent que les dossiers choisis le montrent.
manage-is-hidden = Ce dossier n’est pas choisi : certains logiciels ne le montrent pas.
manage-subscribe = Montrer
manage-unsubscribe = Masquer
manage-delete-title = Supprimer
manage-delete = Supprimer ce dossier…
manage-delete-question = Supprimer ce dossier ?
manage-delete-messages = Les messages qu’il contient seront effacés définitivement, sans passer par la corbeille. Ce qui doit rester, déplacez-le d’abord.
manage-delete-role = Votre messagerie se sert elle-même de ce dossier. Sans lui, archiver, envoyer ou supprimer peut ne plus marcher, ici et dans vos autres logiciels.
manage-delete-sure = Supprimer définitivement
manage-cancel = Ne rien faire
manage-empty-title = Vider
manage-empty = Vider ce dossier…
manage-empty-question = Vider ce dossier ?
manage-empty-what = { $n ->
    [one] { $n } message sera effacé définitivement. Ce qui arrive entre-temps reste.
   *[other] { $n } messages seront effacés définitivement. Ce qui arrive entre-temps reste.
}
manage-empty-so-far = { $n ->
    [one] { $n } message effacé sur { $of }. Continuez pour effacer les autres.
   *[other] { $n } messages effacés sur { $of }. Continuez pour effacer les autres.
}
manage-empty-sure = Effacer définitivement
manage-empty-on = Continuer
manage-unknown = Le serveur ne dit pas ce que ce dossier contient.
manage-is-empty = Il n’y a plus de message dans ce dossier.
manage-all-or-nothing = Votre serveur de messagerie ne sait pas effacer des messages choisis sans effacer aussi ce que d’autres ont marqué : rien n’est effacé ici. Videz ce dossier depuis votre logiciel habituel, ou demandez-le à votre aide informatique.
manage-no-right = Vos droits sur ce dossier ne le permettent pas. La personne à qui il appartient peut vous les donner.
manage-no-name = Donnez-lui un nom.
manage-long-name = Ce nom est trop long : raccourcissez-le.
manage-odd-name = Ce nom contient un caractère invisible : tapez-le de nouveau.
manage-separator = Un nom ne peut pas contenir « { $c } », qui sépare les dossiers les uns des autres.
manage-exists = Il y a déjà un dossier de ce nom : choisissez-en un autre.
manage-not-sure = Cochez la case pour dire que vous voulez changer ce dossier.
manage-fixed = Ce dossier ne peut pas être changé.
manage-has-children = D’autres dossiers sont dedans : supprimez-les d’abord.
manage-changed = Ce dossier a changé depuis la question : rien n’a été fait. Voici ce qu’il contient maintenant.
manage-said-no = Le serveur de messagerie a refusé ; rien n’a été changé. Il dit :
quota-title = Place occupée
quota-octets = { $used } sur { $limit } ({ $percent } %).
quota-messages = { $used } messages sur { $limit } ({ $percent } %).
quota-full = Votre boîte est bientôt pleine : { $percent } % de { $limit }. Ensuite, les messages pour vous seront refusés. Videz la corbeille ou supprimez ce qui est lourd.
folders-manage = Gérer les dossiers

## Barre du bas
dock-label = Principal
dock-actions = Actions
dock-more = Plus
dock-read = Lu

## Clavier
keys-title = Raccourcis clavier
keys-next = Message suivant
keys-previous = Message précédent
keys-open = Ouvrir le message
keys-back = Revenir à la liste
keys-on = Utiliser ces touches
close = Fermer

## Liste
list-nobody = (expéditeur inconnu)
list-older = Voir les messages plus anciens
list-newer = Voir les messages plus récents
list-by-arrival = Les messages sont dans l’ordre de leur arrivée dans cette boîte, qui n’est pas celui de leurs dates.
list-empty = Aucun message ici
list-empty-what = Le serveur indique que ce dossier est vide.
list-page = Page
list-pages = sur { $n }
list-go = Aller
row-unread = Non lu :
row-flagged = marqué d’une étoile
row-answered = répondu
row-forwarded = transféré
row-documents = { $n ->
    [one] document joint
   *[other] documents joints
  }
row-too-complex = Message trop complexe
row-too-complex-what = Sa description ne peut pas être lue ici. Ouvrez-le pour le télécharger.

# Acts on messages: buttons, questions, what was done
act-select = Sélectionner
act-select-none = Quitter la sélection
act-select-title = Sélection
act-selected = { $n ->
    [one] { $n } sélectionné
   *[other] { $n } sélectionnés
  }
act-select-all = Tout
act-select-one = Sélectionner : { $what }
act-all-of = Les { $n } messages de ce dossier, et pas seulement ceux qui sont cochés
act-flag = Marquer d’une étoile
act-unflag = Retirer l’étoile
act-done = Marquer comme traité
act-undone = Marquer comme à traiter
act-filed = Marquer comme classé
act-unfiled = Ne plus marquer comme classé
act-archive = Archiver
act-move = Déplacer
act-copy = Copier
act-delete = Supprimer
act-destroy = Supprimer définitivement
act-junk = Indésirable
act-notjunk = Pas indésirable
act-save = Enregistrer
act-nothing = Ne rien faire
act-elsewhere = Choisir un autre dossier
act-no-mailbox = Il n’y a pas d’autre dossier. Vous pouvez en créer un dans la page des dossiers.
told-read = { $n ->
    [one] 1 message marqué comme lu
   *[other] { $n } messages marqués comme lus
  }
told-unread = { $n ->
    [one] 1 message marqué comme non lu
   *[other] { $n } messages marqués comme non lus
  }
told-flag = { $n ->
    [one] 1 message marqué d’une étoile
   *[other] { $n } messages marqués d’une étoile
  }
told-unflag = { $n ->
    [one] Étoile retirée d’un message
   *[other] Étoile retirée de { $n } messages
  }
told-done = { $n ->
    [one] 1 message marqué comme traité
   *[other] { $n } messages marqués comme traités
  }
told-undone = { $n ->
    [one] 1 message marqué comme à traiter
   *[other] { $n } messages marqués comme à traiter
  }
told-filed = { $n ->
    [one] 1 message marqué comme classé
   *[other] { $n } messages marqués comme classés
  }
told-unfiled = { $n ->
    [one] 1 message n’est plus marqué comme classé
   *[other] { $n } messages ne sont plus marqués comme classés
  }
told-archive = { $n ->
    [one] 1 message archivé
   *[other] { $n } messages archivés
  }
told-move = { $n ->
    [one] 1 message déplacé vers « { $to } »
   *[other] { $n } messages déplacés vers « { $to } »
  }
told-copy = { $n ->
    [one] 1 message copié vers « { $to } »
   *[other] { $n } messages copiés vers « { $to } »
  }
told-delete = { $n ->
    [one] 1 message mis à la corbeille
   *[other] { $n } messages mis à la corbeille
  }
told-destroy = { $n ->
    [one] 1 message supprimé définitivement
   *[other] { $n } messages supprimés définitivement
  }
told-junk = { $n ->
    [one] 1 message signalé comme indésirable
   *[other] { $n } messages signalés comme indésirables
  }
told-notjunk = { $n ->
    [one] 1 message remis dans la réception
   *[other] { $n } messages remis dans la réception
  }
told-undo = { $n ->
    [one] Annulé : 1 message est comme avant
   *[other] Annulé : { $n } messages sont comme avant
  }
told-gone = { $n ->
    [one] Un autre message n’était plus dans ce dossier. Il a pu être déplacé ou supprimé ailleurs.
   *[other] { $n } autres messages n’étaient plus dans ce dossier. Ils ont pu être déplacés ou supprimés ailleurs.
  }
told-marked = Le serveur ne sait pas retirer quelques messages seulement. Ils restent ici, marqués « supprimé » : le serveur ou votre logiciel les retirera lors de son nettoyage.
told-kept = Ils ont été copiés, mais le serveur n’a pas laissé retirer ceux d’ici.
told-stopped = Le serveur n’est pas allé plus loin. Les autres messages sont restés comme ils étaient.
told-step = { $done } messages sur { $of } : c’est fait
told-continue = Continuer
what-read = { $n ->
    [one] Marquer 1 message comme lu ?
   *[other] Marquer { $n } messages comme lus ?
  }
what-unread = { $n ->
    [one] Marquer 1 message comme non lu ?
   *[other] Marquer { $n } messages comme non lus ?
  }
what-flag = { $n ->
    [one] Marquer 1 message d’une étoile ?
   *[other] Marquer { $n } messages d’une étoile ?
  }
what-unflag = { $n ->
    [one] Retirer l’étoile de 1 message ?
   *[other] Retirer l’étoile de { $n } messages ?
  }
what-done = { $n ->
    [one] Marquer 1 message comme traité ?
   *[other] Marquer { $n } messages comme traités ?
  }
what-undone = { $n ->
    [one] Marquer 1 message comme à traiter ?
   *[other] Marquer { $n } messages comme à traiter ?
  }
what-filed = { $n ->
    [one] Marquer 1 message comme classé ?
   *[other] Marquer { $n } messages comme classés ?
  }
what-unfiled = { $n ->
    [one] Ne plus marquer 1 message comme classé ?
   *[other] Ne plus marquer { $n } messages comme classés ?
  }
what-archive = { $n ->
    [one] Archiver 1 message ?
   *[other] Archiver { $n } messages ?
  }
what-move = { $n ->
    [one] Déplacer 1 message : vers quel dossier ?
   *[other] Déplacer { $n } messages : vers quel dossier ?
  }
what-copy = { $n ->
    [one] Copier 1 message : vers quel dossier ?
   *[other] Copier { $n } messages : vers quel dossier ?
  }
what-delete = { $n ->
    [one] Supprimer 1 message ?
   *[other] Supprimer { $n } messages ?
  }
what-destroy = { $n ->
    [one] Supprimer définitivement 1 message ?
   *[other] Supprimer définitivement { $n } messages ?
  }
what-junk = { $n ->
    [one] Signaler 1 message comme indésirable ?
   *[other] Signaler { $n } messages comme indésirables ?
  }
what-notjunk = { $n ->
    [one] Remettre 1 message dans la réception ?
   *[other] Remettre { $n } messages dans la réception ?
  }
sure-all = Ce sont tous les messages de « { $mailbox } », par lots de 1 000. Ceux qui arrivent maintenant n’en font pas partie.
sure-destroy = Ils ne pourront pas être retrouvés ici.
none-role = Il n’y a pas de dossier « { $role } » dans ce compte
none-make = Créer « { $role } » et continuer
refused-title = Le serveur a refusé
refused-still = Les messages sont restés où ils étaient, comme ils étaient.
refused-todo = Choisissez un autre dossier, ou réessayez plus tard. Si cela continue, dites-le à votre assistance.
row-deleted = supprimé
row-done = traité
row-filed = classé
row-read-elsewhere = marqué comme lu, pas ouvert ici
keys-select = Sélectionner le message
keys-archive = Archiver
keys-delete = Supprimer
keys-flag = Mettre ou retirer l’étoile
keys-move = Déplacer
keys-escape = Quitter la sélection
problem-read-only = Ce dossier peut être lu, mais pas modifié.
problem-no-mark = Ce dossier ne garde pas cette marque.
problem-nothing-chosen = Aucun message n’est sélectionné.
problem-already-there = Ces messages sont déjà dans ce dossier.
problem-only-copies = Les originaux ne sont plus tous à leur place : les copies ont été gardées.
problem-asked-before = Cela vient d’être demandé, et la réponse n’est pas encore là.
problem-too-late = Cela ne peut plus être annulé.
todo-owner = Demandez à la personne qui gère ce dossier, ou à votre assistance.
todo-choose = Revenez à la liste et cochez des messages.
todo-elsewhere = Choisissez un autre dossier.
todo-look-there = Regardez d’abord dans le dossier ; si rien n’y est arrivé, recommencez depuis la liste.
todo-by-hand = Vous pouvez le faire à la main : ouvrez le dossier où sont ces messages.
reading-pane = Lecture
list-pane = Liste des messages
reading-choose = Choisissez un message à lire.

## Enregistrer pour un autre logiciel
save-title = Enregistrer pour mon logiciel
save-messages = { $n ->
    [one] { $n } message
   *[other] { $n } messages
}
save-files = { $n ->
    [one] { $n } fichier
   *[other] { $n } fichiers
}
save-gone = { $n ->
    [one] Un des messages choisis n’y est plus : il a été déplacé ou supprimé.
   *[other] { $n } des messages choisis n’y sont plus : ils ont été déplacés ou supprimés.
}
save-all = { $n ->
    [one] C’est le seul message de ce dossier.
   *[other] Ce sont les { $n } messages de ce dossier.
}
save-newest = { $n ->
    [one] C’est le plus récent des { $of } messages de ce dossier.
   *[other] Ce sont les { $n } plus récents des { $of } messages de ce dossier : un enregistrement n’en prend pas plus à la fois. Une fois ceux-ci archivés ou déplacés, vous pourrez enregistrer les suivants.
}
save-files-title = Les pièces jointes
save-files-what = Un fichier ZIP. Chaque pièce s’y appelle « date_expéditeur_objet_nom » ; le tableau « index.csv » dit de quel message elle vient, et ce qui n’a pas pu être lu.
save-files-button = Enregistrer les pièces jointes
save-no-files = Ces messages n’ont pas de pièce jointe.
save-messages-title = Les messages entiers
save-messages-what = Un fichier ZIP d’un fichier .eml par message, tel qu’il est arrivé, avec le même tableau.
save-messages-button = Enregistrer les messages
save-after-title = Ensuite
save-after-what = Quand tout est dans votre logiciel, marquez ces messages comme classés : ceux qui lisent cette boîte avec vous le verront.
save-after-button = Marquer comme classés
save-check = Si l’enregistrement s’interrompt, le fichier ne s’ouvrira pas : recommencez.
save-col-file = Fichier
save-col-date = Date
save-col-sender = Expéditeur
save-col-address = Adresse
save-col-subject = Objet
save-col-name = Nom d’origine
save-col-octets = Octets
save-col-state = État
save-col-id = Message-ID
save-is-saved = enregistré
save-is-empty = sans pièce jointe
save-is-cut = trop long pour être lu jusqu’au bout : le message lui-même contient peut-être d’autres pièces jointes
save-is-gone = n’y est plus
save-is-unreadable = n’a pas pu être lu
save-is-too-many = trop de fichiers : recommencez avec moins de messages
## Rechercher
search = Rechercher
search-title = Rechercher
search-results = Résultats
search-words = Des mots, de:martin, avant:2025…
search-help = On peut aussi écrire de: à: sujet: avant: après: plus-grand: dans: avec:pièce-jointe est:non-lu, et « des mots entre guillemets ».
search-options = Plus de choix
search-where = Où chercher
search-here = Dans ce dossier
search-everywhere = Dans tous les dossiers
search-from = De
search-to = À
search-subject = Objet
search-after = Depuis le
search-before = Avant le
search-state = État
search-size = Taille
search-any = Peu importe
search-larger = Plus de { $n } Mo
search-files = Avec une pièce jointe
search-filters = Afficher seulement
filter-all = Tous
filter-more = Autres filtres
filter-unread = Non lus
filter-read = Lus
filter-flagged = Avec une étoile
filter-answered = Répondus
filter-done = Traités
filter-todo = À traiter
search-files-what = Les serveurs de messagerie ne savent pas chercher les pièces jointes. Voici les messages dont la description annonce un fichier ; un message sans cette description peut manquer.
search-so-far = Cherché jusqu’au { $date }, la recherche continue…
search-back-to = Cherché jusqu’au { $date }.
search-none = Aucun résultat.
search-no-more = Plus d’autre résultat.
search-none-yet = Rien trouvé pour l’instant.
search-found = { $n ->
    [one] { $n } résultat.
   *[other] { $n } résultats.
  }
search-shown = { $n ->
    [one] { $n } résultat sur cette page.
   *[other] { $n } résultats sur cette page.
  }
search-shown-of = { $n ->
    [one] { $n } résultat sur cette page, sur { $found } au moins.
   *[other] { $n } résultats sur cette page, sur { $found } au moins.
  }
search-whole = Tous les messages de ce dossier ont été examinés.
search-further = Chercher plus loin
search-cut-none = La recherche s’est arrêtée avant de trouver quelque chose.
search-cut = { $n ->
    [one] La recherche s’est arrêtée ; le résultat ci-dessus reste valable.
   *[other] La recherche s’est arrêtée ; les { $n } résultats ci-dessus restent valables.
  }
search-go-on = Continuer à partir de là
hit-here-alone = Dans ce dossier ; les autres sont sur la page des résultats.
hit-no-older = Il n’y a pas de résultat plus ancien.
hit-no-newer = Il n’y a pas de résultat plus récent.
hit-results = Revenir aux résultats
search-more-here = Continuer la recherche dans ce dossier
search-everywhere-cut = La recherche s’est arrêtée ici ; ce qui a été trouvé ci-dessus reste valable.
search-folders-left = { $n ->
    [one] Il reste un dossier à examiner.
   *[other] Il reste { $n } dossiers à examiner.
  }
search-found-everywhere = { $n ->
    [one] { $n } résultat sur cette page.
   *[other] { $n } résultats sur cette page.
  }
search-whole-everywhere = Tous les messages de tous les dossiers ont été examinés.
search-all-visited = Tous les dossiers ont été parcourus, mais pas tous jusqu’au bout : là où un lien le dit, il peut y avoir d’autres résultats.
search-whole-rest = Tous les messages des dossiers de cette page ont été examinés.
search-accents = Votre serveur de messagerie ne sait pas chercher des lettres accentuées : des résultats peuvent manquer. Cherchez un mot sans accent.
search-stop = Arrêter
search-looking = Recherche plus loin…
search-stopped = Arrêté. Les résultats ci-dessus restent.
search-nothing = Écrivez ce qu’il faut chercher.
search-no-mailbox = Aucun dossier ne porte ce nom :
search-bad-date = Ce n’est pas une date (écrivez 31/03/2025, 2025-03-31 ou 03/2025) :
search-bad-size = Ce n’est pas une taille (écrivez 500k ou 5M) :
search-bad-mark = Après « est: » on écrit non-lu, lu, marqué, répondu, traité ou à-traiter, et non :
search-bad-has = Après « avec: » on écrit pièce-jointe, et non :
search-too-long = C’est trop long pour une recherche. Le texte a été coupé, veuillez le vérifier.
search-too-many = C’est trop de mots à la fois. Les derniers ont été laissés de côté, veuillez vérifier.
date-title = Aller à une date
date-month = Mois
date-year = Année
date-go = Aller
date-help = La liste s’ouvre à cet endroit. Dans un dossier repris d’un autre serveur, cela peut prendre quelques secondes.
sort-title = Trier
sort-what = La liste montre d’abord ce qui est arrivé en dernier. Un autre tri montre le dossier tel qu’il est au moment où vous le demandez.
sort-date = Date d’envoi
sort-from = Expéditeur
sort-to = Destinataire
sort-subject = Objet
sort-size = Taille
sort-newest = plus récents d’abord
sort-oldest = plus anciens d’abord
sort-a-z = de A à Z
sort-z-a = de Z à A
sort-largest = plus gros d’abord
sort-smallest = plus petits d’abord
sort-usual = Ordre d’arrivée
sort-now = Tri : { $key }, { $order }. Le dossier tel qu’il était à { $time }.
sort-by-address = Votre serveur de messagerie trie les personnes par adresse, pas par nom.
sort-moved = Des messages sont arrivés ou partis depuis la page précédente. Certains peuvent se répéter ici, d’autres manquer.
sort-again = Trier de nouveau
sort-next = Page suivante
sort-previous = Page précédente
sort-off = Ici, les dossiers ne sont pas triés autrement.
sort-too-many = Ce dossier contient { $n } messages. Au-delà de { $most }, il n’est pas trié : le serveur de messagerie y passerait trop de temps.
sort-unable = Votre serveur de messagerie ne sait pas trier. Relais le fait lui-même jusqu’à { $most } messages ; ce dossier en contient { $n }.
sort-too-slow = Le serveur de messagerie n’a pas trié ce dossier en { $seconds ->
    [one] { $seconds } seconde
   *[other] { $seconds } secondes
}. La demande a été abandonnée.
sort-still = Vos messages sont là, dans l’ordre d’arrivée.
sort-todo = Pour en retrouver, cherchez un mot ou une personne, ou allez à une date.
sort-list = Voir la liste
list-none-before = Aucun message de ce dossier n’est arrivé avant le { $date }. Voici les plus anciens.
date-bad = Ce n’est pas un mois. Écrivez l’année avec quatre chiffres.
## Plusieurs boîtes dans un navigateur
accounts-title = Vos boîtes aux lettres
accounts-what = Les boîtes ouvertes dans ce navigateur. Celle qui est affichée est aussi celle d’où partent vos messages.
accounts-add = Ajouter une boîte
accounts-others = { $n ->
    [one] Changer de boîte (1 autre)
   *[other] Changer de boîte ({ $n } autres)
}
accounts-show = Afficher
accounts-here = affichée
accounts-unread = { $n ->
    [0] Aucun message non lu
    [one] 1 message non lu
   *[other] { $n } messages non lus
}
accounts-unread-unknown = Son serveur ne dit pas combien de messages sont à lire.
accounts-full = Cinq boîtes sont ouvertes : quittez-en une pour en ajouter une autre.
accounts-kept = « Se déconnecter », ailleurs dans Relais, les quitte toutes. Une boîte restée longtemps sans être affichée se ferme d’elle-même.
login-beside = Reste ouverte à côté :

## Message
message-neighbours = Messages voisins
message-newer-long = Message précédent (plus récent)
message-older-long = Message suivant (plus ancien)
thread-title = Conversation
thread-show = Voir les autres messages
thread-this = ce message
thread-alone = Aucun autre message de cette conversation n’a été trouvé.
thread-where = Cherché dans : { $where }, trois mois avant et après ce message.
thread-part = Tous les messages n’ont pas été examinés.
thread-back-to = { $where } : depuis le { $date }.
thread-up-to = { $where } : jusqu’au { $date }.
thread-more = Il y a d’autres messages que ceux-ci.
thread-further = Chercher dans tous les dossiers
message-more = Autres actions
paper-line = { $label } : { $said }
message-print = Imprimer
message-headers = Tous les en-têtes
message-download = Télécharger le message
message-forwarded = Message transféré
message-nested-more = D’autres messages sont transférés à l’intérieur. Téléchargez le message pour les lire.
message-incomplete = Ce message a des parties qui ne peuvent pas être montrées ici. Téléchargez-le pour l’avoir en entier.
to-you = à vous
to-you-and = { $n ->
    [one] à vous et { $n } autre
   *[other] à vous et { $n } autres
  }
to-one = à { $name }
to-one-and = { $n ->
    [one] à { $name } et { $n } autre
   *[other] à { $name } et { $n } autres
  }
to-unknown = destinataires non indiqués
recipients-left-out = { $n ->
    [one] et { $n } autre destinataire
   *[other] et { $n } autres destinataires
  }
field-from = De
field-sender = Envoyé par
field-reply-to = Répondre à
field-to = À
field-cc = Copie
field-bcc = Copie cachée
field-more = Autres
field-date = Date
sent-at = Envoyé
sent-unknown = Date d’envoi non indiquée
arrived-at = arrivé
warn-name = Le nom affiché contient une autre adresse que celle d’où vient ce message. Vérifiez avant de répondre.
warn-reply-to = Les réponses à ce message iraient à une adresse d’un autre domaine. Vérifiez avant de répondre.
warn-unclear = L’expéditeur de ce message n’est pas clair. Vérifiez avant d’y donner suite.
files = Documents joints
file-unnamed = Document sans nom
file-open = Ouvrir
file-save = Enregistrer { $name }
images-blocked = { $n ->
    [one] { $n } image distante bloquée : la charger dirait à l’expéditeur que vous lisez ce message.
   *[other] { $n } images distantes bloquées : les charger dirait à l’expéditeur que vous lisez ce message.
  }
images-show = Afficher les images
show-as-text = Voir en texte simple
show-as-html = Voir la mise en page
body-frame = Contenu du message
body-nothing = Ce message n’a pas de texte.
layout-refused = La mise en page de ce message est trop lourde ou trop complexe pour être affichée sans risque. Voici son texte.
protection-signed = Ce message est signé. Relais ne vérifie pas les signatures : un logiciel de messagerie le fait.
protection-sealed = Le texte de ce message est enfermé dans sa signature (S/MIME). Enregistrez la pièce jointe et ouvrez-la avec un logiciel de messagerie.
protection-smime = Ce message est chiffré (S/MIME). Seul un logiciel de messagerie qui détient votre clé peut le lire : enregistrez la pièce jointe et ouvrez-la là.
protection-pgp = Ce message est chiffré (OpenPGP). Seul un logiciel qui détient votre clé peut le lire : enregistrez la pièce jointe et ouvrez-la là.
text-quoted = Texte cité
text-cut = La suite est trop longue pour être montrée ici. Téléchargez le message pour tout lire.
seen-on-server = Marqué comme lu sur le serveur : vos autres logiciels le voient comme lu.
unseen-on-server = Pas marqué comme lu sur le serveur : vos autres logiciels le voient comme non lu.
mark-opened = J’ai lu ce message
mark-read = Marquer comme lu
mark-unread = Marquer comme non lu
headers-what = Les en-têtes du message, tels que le serveur les a reçus.
headers-cut = Il y en a d’autres. Téléchargez le message pour les voir tous.

## Message introuvable à cette adresse
stale-list = Voir la liste actuelle

## État du service
status-title = État du service
status-since = depuis { $moment }
status-works = Marche :
status-broken = Ne marche pas :
status-todo = Que faire :
status-updated = Mis à jour { $moment }
status-next = prochain point { $moment }
status-next-late = prochain point annoncé pour { $moment }, pas encore publié
status-end = fin prévue { $moment }
status-quiet = Aucun incident signalé
status-quiet-what = Lire votre messagerie depuis cette page fonctionne normalement, à notre connaissance.
status-about = Concerne : { $names }
status-trouble = La messagerie ne s’ouvre pas d’ici pour le moment
status-trouble-start = lire et envoyer depuis cette page, car Relais attend sa base de données.
status-trouble-since = lire et envoyer depuis cette page, car Relais est sans nouvelles de sa base de données depuis { $moment }.
status-trouble-works = vos messages sont en sûreté sur leur serveur ; ce que Relais a accepté d’envoyer est gardé et partira ensuite.
status-trouble-todo = réessayez dans quelques minutes ; si c’est urgent, téléphonez.
status-quiet-but = Aucun incident n’est annoncé, mais d’après les mesures ci-dessous tout n’est pas comme d’habitude.
status-software = Accès de votre logiciel
status-remarks = À savoir
status-to-mail = Ouvrir ma messagerie
software-count = { $n } sur { $all } en marche
software-count-restored = { $n ->
    [one] { $n } sur { $all } rétabli
   *[other] { $n } sur { $all } rétablis
  }
software-works = marche
software-restored = rétabli
software-restored-on = rétabli { $moment }
software-progress = en cours
software-broken = ne marche pas
measures-title = Mesures
measures-none = Rien n’a encore été mesuré.
measures-as-of = Dernières mesures connues : { $moment }
measure-server = Serveur de messagerie
measure-open = Ouvrir sa boîte
measure-send = Envoyer
measure-arrive = Délai d’arrivée
measure-delay = Délai des messages reçus
delay-hour = dernière heure
delay-half = { $when } : la moitié en { $half }
delay-within = { $when } : la moitié en { $half }, 9 sur 10 en { $most }
delay-few = dernière heure : pas assez de boîtes avec du courrier récent ({ $n } au moins)
measure-usual = d’habitude { $time }
measure-now = en ce moment { $time }
measure-normal = normal
measure-late = en retard
measure-unknown = non mesuré
measure-none-since = aucune mesure depuis { $moment }
measure-few = trop peu de mesures pour l’instant
server-answers = répond
server-silent = ne répond pas
server-takes-none = n’accepte pas les envois
server-unknown = état inconnu
server-others = autres adresses
queue-none = aucun message en attente
queue =
    { $n ->
        [one] { $n } message en attente, depuis { $time }
       *[other] { $n } messages en attente, le plus ancien depuis { $time }
    }
proposal-open-title = Ouverture des boîtes lente
proposal-open-works = lire et envoyer depuis cette page, plus lentement
proposal-open-todo = patientez et n’actualisez pas la page sans cesse
proposal-send-title = Envois retardés
proposal-send-todo = n’envoyez pas deux fois : suivez vos messages dans « Suivi »
proposal-arrive-title = Messages reçus en retard
proposal-arrive-works = lire et envoyer depuis cette page
proposal-silent-title = Le serveur de messagerie ne répond pas
proposal-silent-broken = lire et envoyer
proposal-takes-none-title = Envois suspendus
proposal-takes-none-works = lire sa messagerie
proposal-kept = écrire : un message accepté est gardé et part dès que possible
proposal-telephone = pour ce qui est urgent, téléphonez
time-seconds = { $n } s
time-minutes = { $n } min
time-hours = { $n } h
time-days = { $n } j
chart-open = Temps d’ouverture : de { $first } { $from } à { $last } { $to }, maximum { $most } { $on }
chart-send = Temps d’envoi : de { $first } { $from } à { $last } { $to }, maximum { $most } { $on }
chart-delay = Délai des messages reçus : de { $first } { $from } à { $last } { $to }, maximum { $most } { $on }
chart-arrive = Délai d’arrivée : de { $first } { $from } à { $last } { $to }, maximum { $most } { $on }

## Vie privée et accessibilité
privacy-title = Vie privée
privacy-mail = Vos messages
privacy-mail-what = Cette page vous donne accès à la boîte que vous avez déjà. Vos messages restent sur votre serveur de messagerie : Relais n’en garde pas de copie.
privacy-kept = Ce qui est gardé, et jusqu’à quand
privacy-sign-in = Votre connexion :
privacy-sign-in-until = votre adresse, la sorte de navigateur et son réseau, chiffrés, et votre mot de passe, chiffré de sorte que seul votre navigateur peut l’ouvrir. Jusqu’à votre déconnexion, au plus tard après { $own } sans clic ({ $shared } sur un appareil partagé), { $all } en tout. Les réseaux d’où vous vous êtes connecté, sous forme d’empreintes : 90 jours.
privacy-drafts = Vos brouillons :
privacy-drafts-until = chiffrés, jusqu’à leur envoi, leur suppression, ou 30 jours sans y toucher.
privacy-device = Sur votre appareil :
privacy-device-until = ce que vous écrivez et que le service n’a pas encore, chiffré dans votre navigateur, 30 jours au plus. Jamais sur un appareil partagé.
privacy-sent = Ce que vous envoyez d’ici :
privacy-sent-until = chiffré, 30 jours après la fin de l’envoi ; à qui, quand et avec quel résultat, 180 jours. C’est ce que montre votre Suivi.
privacy-password = Le mot de passe d’un message qui attend :
privacy-password-until = chiffré pour ce seul message, jusqu’à son départ, { $life } au plus.
privacy-settings = Vos réglages, les expéditeurs que vous avez rangés et vos marques de lecture :
privacy-settings-until = chiffrés, jusqu’à ce que vous les effaciez, ou 400 jours sans visite.
privacy-audit = Le journal de sécurité :
privacy-audit-until = connexions, messages et fichiers ouverts, envois, 180 jours, sous forme d’empreintes qui ne disent ni votre adresse, ni l’objet, ni le contenu.
privacy-closes = Cet accès est provisoire : il ferme { $closes }, et chacun est alors déconnecté. Le suivi des envois s’arrête { $over } ; qui administre le service peut ensuite effacer d’un coup tout ce qui reste.
privacy-cookies = Les cookies servent à votre connexion, à la langue et à l’heure. Aucun ne vous suit, et rien n’est chargé d’ailleurs sans que vous le demandiez.
privacy-who = Qui peut le voir
privacy-who-what = Une copie des données ne s’ouvre pas sans la clé, gardée à part. Qui administre le service peut savoir ce que vous avez envoyé d’ici, à qui et quand, et ce qu’il en est advenu. Qui détient à la fois les données et la clé pourrait ouvrir ce qui est gardé, sauf le mot de passe de votre connexion, tant qu’aucun de vos envois n’attend.
privacy-rights = Vos droits
privacy-rights-what = Vous pouvez demander à voir, corriger ou effacer ce qui vous concerne, ou vous y opposer, auprès de l’organisme qui tient ce service. Si sa réponse ne vous convient pas, adressez-vous à la CNIL (cnil.fr).
accessible-title = Accessibilité
accessible-state = Où nous en sommes
accessible-state-what = Cette page est faite pour être utilisable par tous : au clavier, avec un lecteur d’écran, en grand, en sombre, sur un petit téléphone, avec ou sans JavaScript. Elle vise les WCAG 2.1, niveau AA. Aucun audit RGAA complet n’a encore été fait : elle est donc déclarée non conforme.
accessible-checked = Ce qui est vérifié à chaque version : les écrans principaux, en français et en anglais, par un contrôle automatique (axe) ; le clavier seul ; une largeur de 320 pixels ; le fonctionnement sans script.
accessible-limits = Ce qui ne dépend pas de nous
accessible-limits-what = Un message est montré comme son auteur l’a écrit : ses images peuvent manquer de description, ses pièces jointes n’être pas accessibles. Le texte seul d’un message est toujours proposé quand il existe.
accessible-tell = Dites-nous ce qui vous bloque
accessible-tell-what = Une difficulté ? Dites-la à votre aide informatique, qui vous donnera le contenu autrement.
accessible-remedy = Sans réponse satisfaisante, vous pouvez saisir le Défenseur des droits (defenseurdesdroits.fr).
span-days = { $n ->
    [one] 1 jour
   *[other] { $n } jours
}
span-hours = { $n ->
    [one] 1 heure
   *[other] { $n } heures
}
span-minutes = { $n ->
    [one] 1 minute
   *[other] { $n } minutes
}

## Ce que l’administrateur distribue
kit-title = Votre messagerie, sur cette page
kit-scan = Scannez ce code, ou tapez dans votre navigateur :
kit-step-open = Ouvrez l’adresse ci-dessus, sur ordinateur, tablette ou téléphone. Rien à installer.
kit-step-open-typed = Ouvrez cette adresse, sur ordinateur, tablette ou téléphone. Rien à installer.
kit-step-password = Tapez votre adresse, et le mot de passe de votre boîte aux lettres, pas celui de votre logiciel.
kit-step-shared = Sur un poste partagé, cochez « Appareil partagé », et déconnectez-vous en partant.
kit-step-write = Lisez, répondez, envoyez. « Suivi » dit ce que chaque envoi est devenu.
kit-right = Est-ce la bonne page ?
kit-right-what = Son adresse commence exactement par { $address }/ avec le cadenas. Personne ne vous demandera votre mot de passe par message ni par téléphone.
kit-status = Ce qui marche, ce qui ne marche pas :
kit-message-subject = Objet : lire et envoyer vos messages pendant l’incident
kit-message-hello = Bonjour,
kit-message-what = Votre logiciel ne reçoit ou n’envoie plus vos messages ? Ils sont tous dans votre boîte, que vous pouvez ouvrir ici : { $address }
desk-title = Aide : dix questions sur la messagerie de secours
desk-first = Regardez d’abord ce qui est annoncé :
desk-where = Où est ma messagerie ?
desk-where-what = À l’adresse ci-dessus. Rien à installer ; un téléphone suffit. C’est la même boîte : ce qui y est lu, envoyé ou classé l’est aussi pour le logiciel.
desk-password = Mon mot de passe n’est pas accepté.
desk-password-what = C’est celui de la boîte aux lettres, pas celui du logiciel ni de la session Windows. Après plusieurs essais il faut attendre le temps que dit la page : ne pas insister. La page dit si c’est le mot de passe ou le serveur qui ne va pas.
desk-slow = La page est lente, ou dit que le serveur ne répond pas.
desk-slow-what = C’est le serveur de messagerie qui tarde ; la page dit à quelle étape. Réessayer dans quelques minutes. Ce qui était en train d’être écrit n’est pas perdu.
desk-missing = Il me manque des messages.
desk-missing-what = La liste est dans l’ordre d’arrivée : un message en retard est à son heure d’arrivée, pas à celle de l’envoi. Regarder aussi « Indésirables » et les autres dossiers. Relais ne supprime rien de lui-même.
desk-software = Dois-je réinstaller ou reconfigurer mon logiciel ?
desk-software-what = Non, sauf consigne sur la page d’état. Cette page ne change rien à ses réglages.
desk-sent = Mon message est-il parti ?
desk-sent-what = « Suivi » le dit pour chaque destinataire : en cours, transmis, remis, refusé. « Incertain » veut dire qu’il a pu partir : la page propose de le renvoyer et dit ce que cela peut faire.
desk-attachment = Je ne peux pas joindre ou ouvrir un document.
desk-attachment-what = La page de rédaction dit la taille permise. Un document reçu s’ouvre s’il est une image, un PDF ou du texte ; les autres s’enregistrent.
desk-signed-out = Je suis déconnecté sans l’avoir demandé.
desk-signed-out-what = Après un temps sans clic, court sur un poste partagé. Se reconnecter : ce qui était écrit est proposé à nouveau.
desk-phone = Comment l’avoir sous la main sur mon téléphone ?
desk-phone-what = Ouvrir l’adresse, puis « Ajouter à l’écran d’accueil » dans le menu du navigateur.
desk-suspicious = J’ai reçu un message qui me demande mon mot de passe, ou une autre adresse que celle-ci.
desk-suspicious-what = Ne pas répondre, ne pas cliquer, le signaler. Si le mot de passe a été donné : le changer tout de suite, puis « Réglages », « Où vous êtes connecté », et mettre fin aux autres.
desk-tools = Pour aller plus loin
desk-why = Dernières connexions, étape qui a échoué, envois en attente, jamais le contenu :
desk-check = Ce que le serveur répond à cette personne, étape par étape :
desk-reference = La référence que montre une page d’erreur se retrouve dans le journal du service.
desk-reset = Mot de passe oublié :

## Quand quelque chose ne va pas
problem-title = Cela n’a pas marché
problem-title-signed-out = Vous n’êtes plus connecté
problem-title-not-found = Page introuvable
problem-title-wait = Un peu de patience
problem-title-gone = Ce n’est plus ici
problem-kept = Ce que vous aviez écrit n’est pas perdu :
problem-reference = Référence à donner à l’aide :
problem-refused = Le serveur { $server } refuse la connexion.
problem-timed-out = { $seconds ->
    [one] Le serveur { $server } n’a pas répondu en { $seconds } seconde ({ $stage }).
   *[other] Le serveur { $server } n’a pas répondu en { $seconds } secondes ({ $stage }).
  }
problem-broke = Le serveur { $server } a coupé la connexion ({ $stage }).
problem-certificate = L’identité du serveur { $server } n’a pas pu être vérifiée : son certificat n’est pas valable.
problem-certificate-revoked = L’identité du serveur { $server } n’a pas pu être vérifiée : son certificat a été révoqué.
problem-not-admitted = Le serveur { $server } ne laisse pas entrer Relais : il veut voir un certificat auquel il fait confiance.
problem-not-imap = Ce qui répond à l’adresse de { $server } n’est pas un serveur de messagerie IMAP.
problem-no-safe-sign-in = Le serveur { $server } n’offre aucun moyen sûr de se connecter.
problem-no-way-in = Le serveur { $server } n’accepte aucune des manières de se connecter que Relais connaît.
problem-password = L’adresse ou le mot de passe n’est pas le bon.
problem-other-domain = Cet accès n’est pas ouvert au domaine de messagerie de cette adresse.
problem-not-on-the-list = Le mot de passe est le bon, mais cet accès provisoire n’est pas ouvert à votre boîte aux lettres.
problem-signed-out = Votre session est terminée, ou vous n’étiez pas connecté.
problem-circuit = Le serveur { $server } ne répond plus en ce moment. Relais attend un peu avant de le redemander.
problem-crowded = Trop de demandes attendent en ce moment : la vôtre n’a pas eu son tour à temps.
problem-busy = Toutes les connexions à votre boîte aux lettres sont occupées en ce moment.
problem-mailbox-gone = Ce dossier n’existe plus sur le serveur, ou vous n’y avez pas accès.
problem-mailbox-rebuilt = Ce dossier a été reconstruit sur le serveur : l’adresse de ce message n’est plus valable.
problem-message-gone = Ce message n’est plus dans ce dossier.
problem-too-complex = Ce message est trop complexe pour être montré ici.
problem-too-big = C’est trop volumineux pour être montré ici.
problem-not-found = Il n’y a rien à cette adresse.
problem-form-expired = Cette page était ouverte depuis trop longtemps, ou la demande venait d’ailleurs : par sécurité, rien n’a été fait.
problem-bad-request = Une partie de la demande n’est pas utilisable.
problem-too-many = Trop d’essais de connexion en peu de temps.
problem-send-limit = Votre compte a déjà écrit à autant de destinataires que permis.
problem-said-no = Le serveur { $server } a refusé la demande.
problem-internal = Une erreur s’est produite dans Relais.
still-password-fine = Votre mot de passe n’est pas en cause.
still-password-kept = Votre mot de passe ne lui a pas été envoyé.
still-not-asked = Votre mot de passe n’a été envoyé nulle part.
still-mail-safe = Vos messages sont sur le serveur ; Relais n’en a effacé aucun.
still-password-unknown = Le serveur n’a pas dit si votre mot de passe est le bon.
still-act-unknown = La modification a peut-être été faite quand même : la liste le montrera.
still-answering = Le serveur de messagerie, lui, répond.
still-crowded = Ni votre boîte aux lettres ni votre mot de passe n’est en cause.
still-busy = Le serveur marche ; d’autres pages ou appareils utilisent ces connexions.
still-others = Vos autres dossiers et messages restent accessibles.
still-rebuilt = La liste du dossier montre ce qu’il contient maintenant.
still-download = Il peut être téléchargé tel quel.
still-nothing-done = Rien n’a été envoyé ni modifié.
still-too-many = Votre boîte aux lettres continue de recevoir vos messages.
todo-wait = { $seconds ->
    [one] Réessayez dans { $seconds } seconde.
   *[other] Réessayez dans { $seconds } secondes.
  }
todo-retry-status = Réessayez dans un moment. La page d’état du service dit s’il y a un incident.
todo-tell-help = Réessayer n’y changera rien : prévenez votre aide informatique.
todo-password = Vérifiez les deux, avec le mot de passe de votre boîte aux lettres, pas celui de votre logiciel.
todo-other-domain = Vérifiez l’adresse. Si c’est la bonne, passez par votre accès habituel.
todo-not-on-the-list = Passez par votre accès habituel, ou demandez à votre aide informatique d’ajouter votre adresse.
todo-sign-in = Connectez-vous à nouveau.
todo-folders = Choisissez un dossier dans la liste.
todo-rebuilt = Retrouvez le message dans la liste actuelle du dossier.
todo-message-gone = Il a pu être déplacé ou supprimé ailleurs. Revenez à la liste.
todo-download = Téléchargez-le, et ouvrez-le avec un logiciel de messagerie.
todo-not-found = Vérifiez l’adresse, ou revenez à vos dossiers.
todo-form = Vérifiez ce que vous aviez écrit, puis envoyez à nouveau.
todo-send-later = L’envoi sera possible { $moment }.
todo-check = Revenez en arrière, vérifiez, et réessayez.
todo-said-no = Sa réponse est ci-dessous. Si elle ne vous dit rien, donnez-la à votre aide informatique.
todo-internal = Réessayez. Si cela continue, donnez la référence ci-dessous à votre aide informatique.
stage-connect = connexion
stage-tls = chiffrement
stage-greeting = premier contact
stage-sign-in = identification
stage-mailboxes = liste des dossiers
stage-open = ouverture du dossier
stage-read = lecture
stage-search = recherche
stage-sort = tri
stage-act = modification

## Quand le serveur est lent
message-title = Message
status-plaintext = La liaison entre Relais et le serveur de messagerie n’est pas chiffrée.
line-title = Beaucoup de monde en ce moment
line-place = { $n ->
    [one] Vous êtes le prochain.
   *[other] Vous êtes à la { $n }e place.
}
line-seconds = { $n ->
    [one] Encore 1 seconde environ.
   *[other] Encore { $n } secondes environ.
}
line-stay = Gardez cette page ouverte : elle se remplit d’elle-même quand vient votre tour.
waiting = Le serveur de messagerie met du temps à répondre…

## Suivi des envois
outbox-short = Suivi
outbox-title = Suivi des envois
outbox-one = Suivi de l’envoi
outbox-empty = Aucun envoi
outbox-empty-what = Ce que vous envoyez depuis cette page sera suivi ici.
outbox-attention = { $n ->
    [one] { $n } envoi a besoin de vous
   *[other] { $n } envois ont besoin de vous
  }
outbox-attention-what = Pour les autres, rien à faire.
outbox-calm = Aucun envoi n’a besoin de vous
outbox-calm-what = Rien à faire.
outbox-history = Les autres envois
outbox-between = Ce que vous avez envoyé entre { $from } et { $to }
outbox-between-what = Envoyé par Relais, et ce qui en est advenu. Ouvrez un envoi pour le renvoyer : c’est possible tant que son texte est conservé (30 jours). Le suivi reste 180 jours. Ce qu’un autre logiciel a envoyé n’y figure pas.
outbox-between-none = Relais n’a rien envoyé pour vous pendant ce temps.
outbox-all = Tout le suivi
outbox-older = Voir les envois plus anciens
outbox-see = Voir le suivi
outbox-share = ({ $some } sur { $all })
outbox-next-try = Prochain essai { $moment }.
outbox-departs = Départ prévu { $moment }.
outbox-accepted-at = Accepté par Relais { $moment }
outbox-recipients = Destinataires
outbox-trail = Étape par étape
outbox-reference = Référence du message :
outbox-retry = Réessayer l’envoi
outbox-retry-twice = Si le premier essai était arrivé, le destinataire recevra ce message deux fois.
outbox-cancel = Annuler l’envoi
outbox-dismiss = Classer
outbox-answered = Ceci répond à un message que vous avez reçu.
outbox-undo = Annuler
outbox-too-late = Trop tard pour cela : voici où en est cet envoi maintenant.
list-nobody-to = (aucun destinataire)
state-waiting = en attente
state-sending = en cours
state-accepted = accepté
state-relayed = transmis
state-delivered = remis
state-displayed = lu
state-answered = répondu
state-delayed = retardé
state-refused = refusé
state-uncertain = incertain
state-sign-in = à reconnecter
state-given-up = abandonné
state-cancelled = annulé
means-waiting = Pas encore parti.
means-sending = Relais le transmet au serveur d’envoi.
means-accepted = Accepté ; ce serveur ne confirme pas la remise.
means-relayed = Transmis à un serveur qui ne confirme pas la remise.
means-delivered = Remis dans la boîte du destinataire.
means-displayed = Affiché par le destinataire.
means-answered = Le destinataire a répondu.
means-delayed = Un serveur plus loin n’arrive pas encore à le remettre.
means-refused = Refusé par le serveur.
means-uncertain = Coupure juste après l’envoi.
means-sign-in = Relais n’a pas de mot de passe que le serveur prenne pour l’envoyer.
means-given-up = Relais a cessé d’essayer.
means-cancelled = Vous l’avez annulé.
do-waiting = Rien à faire : Relais essaie de lui-même.
do-accepted = Rien à faire.
do-nothing = Rien à faire.
do-delayed = Rien à faire : ce serveur essaie encore. Si c’est urgent, appelez.
do-refused = Vérifiez l’adresse et écrivez à nouveau, ou prévenez le destinataire autrement.
do-uncertain = Il est peut-être arrivé. Demandez au destinataire avant de réessayer.
do-sign-in = Déconnectez-vous, puis reconnectez-vous avec votre mot de passe actuel : l’envoi reprendra.
do-given-up = Le message n’est pas parti. Réessayez, ou prévenez le destinataire autrement.
do-cancelled = Il n’est pas parti.
do-perhaps = Il est peut-être arrivé. Demandez au destinataire avant de l’envoyer à nouveau.
do-late = Il attend depuis plus de 4 h ; Relais continue d’essayer. Si c’est urgent, appelez.
do-doubted = Un message sans preuve annonce un échec : appelez le destinataire, ou envoyez à nouveau.
reason-mailbox = Boîte inconnue : vérifiez l’adresse.
reason-domain = Domaine inconnu : vérifiez ce qui suit le @.
reason-address = Adresse refusée : vérifiez-la.
reason-full = La boîte du destinataire est pleine.
reason-big = Message trop volumineux pour ce serveur.
reason-rules = Contraire aux règles de ce serveur.
reason-other = Le serveur ne le prend pas : ouvrez pour voir sa réponse.
cause-answer = Il a demandé d’attendre.
cause-deadline = Il n’a pas répondu à temps.
cause-closed = Il a coupé la connexion.
cause-unreachable = Il ne peut pas être joint.
cause-certificate = Son certificat n’est pas valable.
cause-not-admitted = Il veut voir un certificat auquel il fait confiance.
cause-protocol = Il a répondu de travers.
cause-no-way-in = Il n’offre aucun moyen de se connecter que Relais connaît.
cause-stopped = Relais a été arrêté avant.
cause-store = Relais n’a pas pu lire ce qu’il garde.
cause-unreadable = Ce que Relais gardait n’est plus lisible.
cause-no-server = Aucun serveur d’envoi n’est configuré.
trail-kept = Accepté par Relais, et enregistré.
trail-departs = Départ prévu
trail-next = Prochain essai
trail-in-data = Transmission au serveur d’envoi commencée.
trail-accepted = Pris en charge par le serveur d’envoi.
trail-refused = Refusé.
trail-put-off = Le serveur ne l’a pas pris cette fois.
trail-unknown = La réponse du serveur s’est perdue : on ne sait pas s’il l’a pris.
trail-abandoned = L’envoi s’est interrompu avant la réponse du serveur : on ne sait pas s’il l’a pris.
trail-resent = Relais l’a envoyé une seconde fois, à l’identique.
trail-sign-in-refused = Le serveur a refusé le mot de passe.
trail-sign-in-gone = Le mot de passe n’est plus gardé.
trail-signed-in = Vous vous êtes reconnecté.
trail-retried = Vous avez demandé un nouvel essai.
trail-cancelled = Vous avez annulé l’envoi.
trail-dismissed = Vous avez classé cet envoi.
trail-copied = Copie gardée dans vos messages envoyés.
trail-not-copied = La copie n’a pas pu être gardée dans vos messages envoyés ; le message, lui, est parti.
trail-given-up = Relais a cessé d’essayer.
trail-relayed = Transmis à un serveur qui ne confirme pas la remise.
trail-delivered = Remis dans la boîte du destinataire.
trail-delayed = Un serveur plus loin n’arrive pas encore à le remettre.
trail-failed = Revenu : un serveur plus loin n’a pas pu le remettre.
trail-displayed = Affiché par le destinataire.
trail-answered = Le destinataire a répondu.

## Boîte d’envoi : annuler, plus tard
outbox-leaves-in = Parti dans { $n } s
outbox-edit = Reprendre et modifier
outbox-departs-sign-in = D’ici là votre mot de passe n’est pas gardé : si vous ne vous connectez pas peu avant, il partira à votre prochaine connexion.
later-title = Envoyer plus tard
later-when = Départ
later-what = Dans 30 jours au plus. Votre mot de passe est gardé { $hours } h au plus : au-delà, le message part à l’heure dite si vous vous êtes connecté dans les { $hours } h qui précèdent, sinon à votre prochaine connexion.
later-no-time = L’heure de départ n’est pas une date et une heure : choisissez-la à nouveau, ou videz ce champ.
later-past = L’heure de départ est déjà passée : choisissez-en une autre, ou videz ce champ pour envoyer maintenant.
later-too-far = L’heure de départ est trop lointaine : 30 jours au plus.
state-held = retenu
means-held = Relais a été rétabli depuis une ancienne copie : il est peut-être déjà parti.
do-held = Demandez au destinataire, puis laissez-le partir ou annulez-le.
outbox-release = Laisser partir
outbox-release-what = S’il était déjà parti, le destinataire le recevra deux fois.
trail-held = Retenu : Relais a été rétabli depuis une ancienne copie.
trail-released = Libéré : il peut partir.
wrong-limit = Votre compte a déjà écrit à autant de destinataires que permis. Ce message pourra être envoyé { $moment } : gardez cette page ouverte, ou copiez-en le texte.
wrong-too-many-at-once = Votre compte peut écrire à { $n } destinataires au plus à la fois : envoyez en plusieurs fois, ou passez par une liste de diffusion.
trail-told = Relais vous l’a écrit dans votre boîte de réception.
report-unsent = Non parti : { $subject }
report-late = Pas encore parti : { $subject }
report-said-unsent = Un message que vous avez envoyé a échoué, ou nul ne sait s’il est arrivé, pour un destinataire au moins :
report-said-late = Un message que vous avez envoyé n’est pas encore parti. Relais continue d’essayer :
report-accepted = Accepté par Relais { $moment }. Référence : { $id }
report-refused = { $name } : refusé
report-given-up = { $name } : Relais a cessé d’essayer
report-waiting = { $name } : en attente
report-server = Le serveur répond : { $words }
report-see = Dans Relais, le Suivi montre chaque étape et permet de réessayer.

## Écrire
compose-title = Écrire
reply = Répondre
reply-all = Répondre à tous
forward = Transférer
field-subject = Objet
subject-reply = Re:
subject-forward = Tr:
quote-wrote-on = Le { $date } à { $clock }, { $name } a écrit :
quote-wrote = { $name } a écrit :
forward-head = ---------- Message transféré ----------
forward-line = { $label } : { $value }
compose-check = Vérifier sans envoyer
compose-copies = Copie, copie cachée
compose-outside = hors de vos domaines de confiance
compose-follow = Suivre cet envoi
compose-send = Envoyer
compose-attach = Joindre des fichiers
compose-attach-now = Joindre
compose-offers = Documents du message d’origine à transférer :
compose-remove = Retirer
compose-remove-file = Retirer { $name }
compose-limit = Encore { $size } au plus, tous fichiers ensemble.
compose-not-sent = Rien n’a été envoyé. Votre texte est ci-dessous, au complet.
compose-see-sent = Voir ce qui a été envoyé
compose-signed-in-again = Vous êtes de nouveau connecté
compose-letter-other = Un message était en cours d’écriture ici depuis un autre compte. Il n’a pas été repris.
compose-letter-kept = Votre message est gardé : le texte, les destinataires et les fichiers déjà joints.
compose-go-on = Reprendre mon message
login-letter = Votre session s’est terminée. Votre message n’est pas perdu : il vous attend après la connexion.
people-found = Des noms sont proposés : appuyez sur la flèche vers le bas.
compose-people = Mes correspondants
compose-people-add = Ajouter aux destinataires :
compose-people-done = Ajouter les noms cochés
compose-nobody = Vous n’avez encore écrit à personne depuis cette boîte.
compose-camera = Prendre une photo
upload-over = { $name } est trop lourd : il n’a pas été joint.
upload-cancel = Annuler
upload-lost = { $name } n’est pas arrivé. Joignez-le de nouveau.
upload-wait = Les fichiers sont encore en route : votre message part dès qu’ils sont arrivés.
wrong-not-yours = Votre compte ne peut pas écrire depuis { $name } : choisissez une autre adresse.
wrong-people = Vos correspondants n’ont pas pu être lus dans votre boîte. Tapez l’adresse, ou réessayez dans un instant.
wrong-too-large = Votre message pèserait { $size } en chemin, et votre serveur en accepte { $most }. Raccourcissez-le, ou retirez des fichiers.
wrong-nobody = Il manque un destinataire : écrivez au moins une adresse.
wrong-no-address = « { $name } » n’est pas une adresse : corrigez-la ou retirez-la.
wrong-letters = « { $name } » a des lettres accentuées avant le @, que la plupart des serveurs n’acceptent pas : demandez à votre correspondant une autre adresse.
wrong-too-many-people = Trop d’adresses dans un même champ : envoyez en plusieurs fois, ou passez par une liste de diffusion.
wrong-no-sender = Votre compte n’a pas d’adresse à laquelle on puisse vous répondre : prévenez votre aide informatique.
wrong-file-too-big = { $name } n’a pas été joint : les fichiers d’un message font { $size } au plus ensemble.
wrong-too-many-files = { $name } n’a pas été joint : il y a déjà trop de fichiers. Retirez-en, ou envoyez en plusieurs fois.
wrong-file-not-kept = { $name } n’a pas pu être gardé : joignez-le à nouveau.
wrong-original = { $name } n’a pas pu être repris du message d’origine : décochez-le, ou réessayez dans un moment.
wrong-too-much = Les fichiers font { $size } ensemble ; le plus possible est { $most }. Retirez-en, ou envoyez en plusieurs fois.
wrong-files-late = Votre session s’était terminée quand vous avez ajouté des fichiers : joignez-les à nouveau.
wrong-files-gone = Des fichiers joints ne sont plus là (ils sont gardés 24 heures) : joignez-les à nouveau.
wrong-other-mailbox = Ce message a été commencé dans une autre de vos boîtes. Envoyé d’ici, il partirait de { $address }. Relisez, ou affichez l’autre boîte.
wrong-old-form = Cette page était ouverte depuis trop longtemps, ou vient d’une autre session. Relisez, puis envoyez.
wrong-broken-off = La page n’est pas arrivée en entier. Vérifiez le texte et les fichiers joints, puis réessayez.
wrong-cannot-send = Aucun serveur d’envoi n’est configuré pour votre messagerie : d’ici, vous pouvez seulement lire. Prévenez votre aide informatique.
wrong-sent-before = Cette page a déjà servi à envoyer un autre message. Si vous voulez envoyer aussi celui-ci, appuyez sur Envoyer.
wrong-not-kept = Relais n’a pas pu garder votre message. Réessayez dans un moment.
wrong-not-kept-reference = Relais n’a pas pu garder votre message. Réessayez dans un moment. Référence à donner à l’aide : { $reference }
doubt-title = Avant d’envoyer, vérifiez :
doubt-outside = Hors de vos domaines de confiance :
doubt-everybody = Votre réponse ira à { $n } personnes :
doubt-no-file = Votre texte parle d’une pièce jointe, et rien n’est joint.
doubt-no-reply = Personne ne lit ce qui est envoyé à :
doubt-visible = { $n } destinataires verront les adresses les uns des autres. La copie cachée les garde pour vous.
doubt-no-subject = Le message n’a pas d’objet.
doubt-send = Envoyer quand même
doubt-or = Ou corrigez ci-dessous, puis envoyez.

## Brouillons
drafts = Brouillons
folders-drafts = Brouillons en cours
drafts-link = { $n ->
    [one] Un brouillon attend
   *[other] { $n } brouillons attendent
}
drafts-none = Aucun brouillon.
drafts-kept = Un brouillon est gardé ici, chiffré, jusqu’à l’envoi ; 30 jours au plus sans y toucher.
drafts-two = Deux textes
drafts-two-kept = Ce message a été écrit dans deux onglets. Les deux textes sont gardés : choisissez avec lequel continuer, l’autre reste dans vos brouillons.
draft-save = Enregistrer le brouillon
draft-saved = Brouillon enregistré { $moment }.
draft-not-saved = Pas encore enregistré : le texte reste dans cette page.
draft-copied = Il est aussi dans votre dossier Brouillons.
draft-no-mailbox = Votre messagerie n’a pas de dossier Brouillons : il est gardé ici.
draft-not-copied = Votre serveur de messagerie n’a pas encore pris la copie pour le dossier Brouillons : le brouillon est gardé ici.
draft-other-tab = Ce message a aussi été modifié dans un autre onglet ; les deux textes sont gardés.
draft-see-both = Voir les deux textes
device-letter = Un message qui n’est pas arrivé jusqu’à Relais est sur cet appareil.
device-go-on = Reprendre
device-discard = Supprimer
device-discard-sure = Oui, supprimer
draft-go-on = Continuer avec ce texte
draft-resume = Continuer le brouillon
draft-delete = Supprimer
draft-delete-one = Supprimer le brouillon { $subject }
wrong-too-many-drafts = Le brouillon n’a pas pu être gardé : vous en avez trop. Supprimez-en dans la liste des brouillons.
edit-as-new = Modifier comme nouveau
forward-attached = Transférer en pièce jointe
## Suivi : ce qui revient au sujet des envois
brief-seconds = { $n } s
brief-minutes = { $n } min
brief-hours = { $n } h
row-late = { $span } de retard
row-report = Compte rendu d’un de vos envois
outbox-looked = Votre boîte de réception a été consultée pour la dernière fois { $moment }.
outbox-never-looked = Votre boîte de réception n’a pas encore été consultée.
outbox-awaited = Vous suivez cet envoi : un accusé est attendu { $moment } au plus tard.
outbox-overdue = Vous suivez cet envoi, et aucun accusé n’est venu à temps ({ $moment }).
outbox-lost = Votre fournisseur indique que ce message a été perdu. Vous pouvez le renvoyer.
outbox-lost-only = Votre fournisseur indique que ce message a été perdu.
outbox-ack-title = Accusé
chip-overdue = { $hours } h sans accusé
chip-lost = signalé perdu
chip-doubted = échec annoncé
overdue-line = Suivi demandé ; pas d’accusé.
lost-line = Votre fournisseur l’indique perdu : renvoyez-le.
claim-failed = Un message sans preuve annonce un échec.
claim-arrived = Remis { $moment }, d’après un compte rendu sans preuve.
claim-displayed = Lu { $moment }, d’après un accusé sans preuve.
claim-processed = Traité { $moment }, d’après un accusé sans preuve.
claim-answered = Le destinataire semble avoir répondu { $moment } ; rien ne le prouve.
claim-other = Un compte rendu sans preuve est venu { $moment }.
trail-claimed = Sans preuve : il y manque la marque secrète de cet envoi, quiconque a lu le message peut l’avoir écrit. L’état ci-dessus ne change pas.
trail-processed = Traité par un logiciel du destinataire.
trail-deleted = Supprimé par le destinataire sans être affiché.
trail-not-processed = Il est arrivé, et le logiciel du destinataire n’a pas pu le traiter.
trail-claimed-too = Sans preuve.
trail-claimed-answered = Le destinataire semble avoir répondu.
trail-claimed-displayed = Un accusé de lecture dit que le message a été affiché.
trail-claimed-arrived = Un compte rendu dit que le message a été remis.
chip-receipt = accusé de lecture
receipt-line = Accusé de lecture envoyé, comme vous l’avez accepté.
receipt-title = Accusé de lecture
receipt-asks = demande un accusé de lecture.
receipt-what = Rien n’est envoyé sans votre accord.
receipt-send = Envoyer
receipt-refuse = Ne pas envoyer
receipt-subject = Affiché : { $subject }
receipt-text = Votre message « { $subject } » a été affiché { $moment }. Cela ne dit pas qu’il a été compris ou traité.
again-title = Renvoyer
again-what = Le serveur a pris ce message. S’il n’est jamais arrivé, vous pouvez le renvoyer à { $n ->
    [one] 1 destinataire
   *[other] { $n } destinataires
}, comme un nouveau message qui renvoie au premier. Qui a le premier aura les deux.
again-new = Renvoyer
again-other = Renvoyer plutôt le message identique
again-identical-what = Octet pour octet, avec la même référence. Un logiciel métier peut l’exiger. Certains serveurs écartent un second exemplaire sans le dire, d’autres montrent les deux.
again-identical = Renvoyer le message identique
again-sent = Renvoyé { $moment }
again-later = Il pourra être renvoyé { $moment }, quinze minutes au moins séparent deux envois.
again-in-flight = Il est en route, ou nul ne sait encore s’il est parti. Attendez d’abord de le savoir.
again-often = Il a été renvoyé trois fois. Joignez le destinataire autrement.
again-never = Il ne peut pas être renvoyé.
again-line = [Renvoi. Premier envoi { $moment }]
again-several = Renvoyer plusieurs messages
again-several-what = Ce qui est coché partira comme de nouveaux messages. Ce qui est en route ou incertain est laissé de côté.
again-pick = Renvoyer à { $who } : { $subject }
again-gone = Rien de cela ne peut être renvoyé : refusé ou annulé, lu par ses destinataires, ou texte effacé (les textes sont conservés 30 jours).
again-none = Rien ne demande à être renvoyé.
again-send = Renvoyer ce qui est coché
again-not-done = { $n ->
    [one] 1 message n’a pas été accepté.
   *[other] { $n } messages n’ont pas été acceptés.
}
again-done = { $n ->
    [one] 1 message a été accepté.
   *[other] { $n } messages ont été acceptés.
}
## Réglages
settings-title = Réglages
settings-name = Votre nom
settings-reply-to = Réponses à
settings-signature = Signature
settings-follow = Cocher « Suivre cet envoi » d’avance
settings-save = Enregistrer
settings-saved = C’est enregistré.
settings-not-saved = Rien n’a été enregistré : corrigez ce qui est signalé.
settings-bad-reply-to = Écrivez une seule adresse, ou laissez vide.
settings-long-signature = La signature a plus de { $n } caractères : raccourcissez-la.
settings-kept = Ces réglages sont gardés chiffrés sur la passerelle. Videz les champs pour les effacer.
sessions-title = Où vous êtes connecté
sessions-what = Chaque ligne est un navigateur où votre boîte aux lettres est ouverte. S’il y en a un que vous ne connaissez pas, fermez sa session, puis changez votre mot de passe.
sessions-here = Cette session
sessions-unknown = Navigateur inconnu
sessions-used = Dernière activité { $moment }
sessions-used-after = Dernière activité { $moment } ou plus tard
sessions-since = Connexion { $moment }
sessions-shared = Appareil partagé
sessions-own = Appareil personnel
sessions-network = réseau { $network }
sessions-end = Fermer
sessions-end-others = Fermer toutes les autres
sessions-ended = { $n ->
    [0] Rien n’était plus à fermer.
    [one] 1 session est fermée.
   *[other] { $n } sessions sont fermées.
}
sessions-only = Vous n’êtes connecté nulle part ailleurs.
sessions-kept = Le navigateur et le réseau sont gardés chiffrés, aussi longtemps que la session. Une session fermée l’est en quelques secondes ; ce qui est déjà affiché sur l’autre écran y reste.

## Bien reçu
acknowledge = Bien reçu
acknowledge-text = Bien reçu, merci.
acknowledged = Vous avez répondu « Bien reçu ».
acknowledged-trail = Voir où en est l’envoi
compose-same-subject = Garder l’objet tel quel :
losses-download = Télécharger ce qui n’a pas d’accusé (CSV)
losses-more = Il y en a d’autres, plus anciens : demandez-les à votre aide informatique.

## Voies
why-title = Pourquoi dans « { $lane } » ?
why-move = Ranger cet expéditeur dans :
why-forget = Ne plus le ranger
why-forged = Une adresse peut être imitée : ce classement ne dit pas que le message est sûr.
senders-title = Expéditeurs rangés
senders-what = Leurs messages vont où vous les avez mis, sauf les documents pour votre logiciel, qui restent prioritaires.
senders-none = Vous n’avez rangé aucun expéditeur. Cela se fait au bas d’un message.
senders-forget = Oublier
senders-forget-all = Les oublier tous
senders-kept = Cette liste est gardée chiffrée sur la passerelle : 2 000 expéditeurs au plus, chacun jusqu’à ce que vous l’oubliiez ou qu’il n’ait pas servi pendant 400 jours.
lanes-priority = Prioritaires
lanes-commercial = Publicités
lanes-none = Aucun message ici.
lanes-no-more = Plus d’autre message ici.
lanes-none-yet = Rien trouvé pour l’instant.
lanes-back-to = Examiné jusqu’au { $date }.
lanes-further = Examiner plus loin
row-for-software = pour votre logiciel
lane-clinical = Documents cliniques
lane-people = Personnes
lane-transaction = Démarches en cours
lane-list = Listes de discussion
lane-notice = Avis de remise et d’absence
lane-advertising = Publicités
lane-why-chosen = Vous avez rangé cet expéditeur ici.
lane-why-clinical-file = Il apporte un document fait pour un logiciel médical.
lane-why-clinical-subject = Son objet annonce un document pour un logiciel médical.
lane-why-clinical-report = Son objet est celui d’un résultat ou d’un compte rendu, et il apporte un document.
lane-why-answer = Il répond à l’un de vos messages.
lane-why-written-to = Vous avez écrit à cet expéditeur.
lane-why-own = Il vient de votre propre organisation.
lane-why-trusted = Il vient d’une organisation de confiance.
lane-why-health-network = Son adresse est réservée aux professionnels de santé.
lane-why-authority = Son adresse est celle d’une autorité publique.
lane-why-few-recipients = Il est adressé à vous et à peu d’autres personnes.
lane-why-conversation = Il poursuit une conversation.
lane-why-wants-receipt = Il demande si vous l’avez lu.
lane-why-mail-program = Il a été écrit dans un logiciel de messagerie.
lane-why-ordinary = Rien n’indique un envoi à beaucoup de personnes.
lane-why-one-sign = Un seul indice de publicité : ce n’est pas assez.
lane-why-report = Il dit ce qu’est devenu un message.
lane-why-automatic-reply = Un programme a répondu à la place de quelqu’un.
lane-why-list-post = Il a été envoyé à une liste où l’on peut écrire.
lane-why-list-address = Il a été envoyé à un groupe que l’on peut quitter.
lane-why-one-click = Il propose de se désinscrire en un clic.
lane-why-unsubscribe = Il propose de se désinscrire.
lane-why-tool = Il a été envoyé avec { $tool }, un outil d’envoi en nombre.
lane-why-feedback-id = Son expéditeur compte les plaintes, comme pour une campagne.
lane-why-bulk = Il indique lui-même un envoi en nombre.
lane-why-own-return = Son adresse de retour a été faite pour ce seul exemplaire.
lane-why-newsletter-address = Il vient d’une adresse de lettres d’information, d’offres ou d’événements.
lane-why-sending-host = Il vient d’un domaine fait pour écrire à beaucoup de monde.
lane-why-offer-subject = Son objet parle d’une offre ou d’une lettre d’information.
lane-why-automatic = Un programme l’a envoyé, et pas à des abonnés.
lane-why-no-reply = Il vient d’une adresse qui ne lit pas les réponses.
lane-why-code = Il parle d’un code, d’un mot de passe ou d’une connexion.
lane-why-order = Il parle d’une commande, d’une livraison, d’une réservation ou d’une confirmation.
lane-why-money = Il parle d’une facture, d’un paiement ou d’un contrat.
lane-why-appointment = Il parle d’un rendez-vous, d’un résultat ou d’une demande.
lane-why-account = Il parle d’un compte ou d’un service que vous utilisez.
lane-why-site = Quelqu’un a fait quelque chose pour vous sur un site.
lane-why-service-address = Son adresse est celle d’un service : factures, commandes, rendez-vous…
lane-why-reference = Son objet donne un jour, une heure ou un numéro.
lane-why-warning = Il avertit d’un danger ou d’un changement.
lane-why-circle = Le nom de son expéditeur est celui de gens qui font quelque chose ensemble : une chorale, une paroisse, des parents.
lane-why-under-way = Il a été envoyé comme une publicité, mais son objet ne propose rien et semble concerner une affaire en cours.

# Le trajet d’un message
way-title = Trajet du message
way-show = Voir le trajet
way-late = { $span } de retard.
way-late-operator = { $span } de retard, chez votre opérateur.
way-late-host = { $span } de retard, surtout chez { $host }.
way-in-time = Pas de retard : { $span } entre son premier serveur et votre boîte.
way-in-time-up-to-the-last = Pas de retard : { $span } entre son premier serveur et le dernier.
way-unknown = Sa durée de trajet n’est pas connue : aucun serveur n’a noté quand il a eu ce message.
way-before = Il a été déposé { $span } après avoir été écrit, d’après l’horloge de l’expéditeur.
way-written = Écrit
way-written-what = d’après l’horloge de l’expéditeur
way-nameless = Un serveur qui ne dit pas son nom
way-own = votre opérateur
way-waited = { $span } ici
way-no-time = sans heure
way-arrived = Dans votre boîte
way-moved = C’est sans doute le moment où la boîte a changé de serveur : ce n’est pas compté.
way-clocks = Ce sont les heures que chaque serveur a écrites dans le message, à sa propre horloge. Quand elles se contredisent, rien n’est compté.
way-believed = Ce qu’ont écrit d’autres serveurs que ceux de votre opérateur ne peut pas être vérifié.

## Ce qui est arrivé pendant que quelque chose ne marchait pas
missed-title = Qu’ai-je manqué ?
missed-what = Pendant que quelque chose ne marche pas, des messages arrivent encore, et d’autres programmes peuvent les marquer comme lus. Voici ce qui est arrivé pendant ce temps, quoi qu’ils en disent.
missed-known = Ce qui a été annoncé
missed-typed = Une autre période
missed-between = entre { $from } et { $to }
missed-since = depuis { $from }, toujours en cours
missed-from = Du
missed-to = Au
missed-to-help = Laissez la fin vide pour « jusqu’à maintenant ». Un an au plus.
missed-show = Voir ce qui est arrivé
missed-wrong = Il faut deux moments, l’un après l’autre et à moins d’un an d’écart.
missed-arrived = Arrivés entre { $from } et { $to }.
missed-removed = Ce qu’un autre programme a retiré de la boîte ne peut pas apparaître ici. « Marqué comme lu, pas ouvert ici » : un autre programme, ou quelqu’un, l’a marqué sans l’ouvrir ici.
missed-stopped = Arrêté. Les nombres obtenus jusque-là sont ci-dessous ; les messages ne sont pas tous affichés.
missed-again = Chercher à nouveau
missed-table = Télécharger la liste complète (CSV)
missed-sent = Ce que j’ai envoyé pendant ce temps
missed-other = Une autre période
missed-n = { $n ->
    [one] { $n } message
   *[other] { $n } messages
  }
missed-to-read = { $n } à lire
missed-to-file = { $n } à classer
missed-filed = { $n } { $n ->
    [one] classé
   *[other] classés
  }
missed-cut = Il y en a d’autres : seuls les plus récents sont comptés. Choisissez une période plus courte.
missed-total = { $n ->
    [one] Dans un dossier :
   *[other] Dans { $n } dossiers :
  }
missed-left-out = Sans les messages envoyés, les brouillons ni « Tous les messages » ; la corbeille et les indésirables viennent en dernier. « À lire » veut dire : personne ne l’a ouvert ici.
missed-clinical = documents cliniques
missed-people = écrits par des personnes
missed-rest = le reste
missed-clinical-among = Les documents cliniques viennent d’abord, cherchés parmi les { $n } messages les plus récents de chaque dossier.
missed-clinical-late = Les documents cliniques n’ont pas pu être cherchés partout : il peut y en avoir plus bas.
missed-more = { $n ->
    [one] { $where } : encore un message à lire
   *[other] { $where } : encore { $n } messages à lire
  }
missed-save = Enregistrer ces messages pour mon logiciel
missed-none = Rien n’est arrivé pendant ce temps.
missed-nothing = Il ne reste rien à lire : tout ce qui est arrivé pendant ce temps a été ouvert ici.
missed-later = { $n ->
    [one] Un dossier n’a pas encore été regardé.
   *[other] { $n } dossiers n’ont pas encore été regardés.
  }
missed-line = Quelque chose n’a pas marché entre { $from } et { $to }.
missed-line-n = { $n ->
    [0] Rien n’est arrivé ici pendant l’incident (entre { $from } et { $to }).
    [one] Un message est arrivé ici pendant l’incident (entre { $from } et { $to }).
   *[other] { $n } messages sont arrivés ici pendant l’incident (entre { $from } et { $to }).
  }
missed-line-most = Plus de { $n } messages sont arrivés ici pendant l’incident (entre { $from } et { $to }).
missed-line-unopened = { $n ->
    [0] Tous ont été ouverts ici.
    [one] Un seul n’a pas été ouvert ici.
   *[other] { $n } n’ont pas été ouverts ici.
  }
missed-line-unopened-one = { $n ->
    [0] Il a été ouvert ici.
   *[other] Il n’a pas été ouvert ici.
  }
missed-line-unopened-least = Au moins { $n } { $n ->
    [one] n’a pas été ouvert ici.
   *[other] n’ont pas été ouverts ici.
  }
missed-line-back = Revenir à ce que j’ai manqué
missed-line-hide = Masquer
missed-line-see = Les parcourir
missed-line-what = Voir ce qui est arrivé pendant ce temps
missed-col-folder = Dossier
missed-col-arrived = Arrivé
missed-col-from = De
missed-col-subject = Objet
missed-col-documents = Documents
missed-col-opened = Ouvert ici
missed-col-elsewhere = Marqué comme lu
missed-col-filed = Classé
missed-yes = oui
missed-no = non
missed-table-whole = La liste est complète.
missed-table-part = La liste n’est pas complète.
missed-table-sick = Ce dossier n’a pas pu être lu jusqu’au bout.

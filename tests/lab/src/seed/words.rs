//! Who writes, and what they write about. All invented; the domains are reserved (RFC 2606).

/// Name and address of people.
pub const PEOPLE: &[(&str, &str)] = &[
    ("Dr Hélène Garnier", "helene.garnier@cabinet-garnier.example"),
    ("Benoît Lefèvre", "benoit.lefevre@example.org"),
    ("Sarah Whitfield", "sarah.whitfield@example.co.test"),
    ("Claire O'Neil", "claire.oneil@example.org"),
    ("Zoë Müller", "zoe.mueller@praxis.example"),
    ("Dr Étienne Rousseau", "e.rousseau@chu.example"),
    ("Amélie Castaing", "amelie.castaing@mairie.example"),
    ("Tom Baxter", "tom@baxter.example"),
    ("Maïwenn Le Goff", "maiwenn.legoff@example.bzh.test"),
    ("Priya Raman", "priya.raman@clinic.example"),
    ("François-Xavier Noël", "fx.noel@notaires.example"),
    ("Karim Benali", "karim.benali@example.net"),
    ("Léa Fontaine, infirmière", "lea.fontaine@soins.example"),
    ("James Okafor", "j.okafor@example.com"),
    ("Søren Ægidius", "soren@example.dk.test"),
    ("Secrétariat Radiologie", "secretariat@radiologie.example"),
    ("Marguerite Dubois", "marguerite.dubois@example.fr.test"),
    ("王小明", "xiaoming@example.com"),
    ("Laurent Péchoux", "laurent.pechoux@example.org"),
    ("Olivia Grant", "olivia.grant@example.com"),
];

/// Name and address of organisations that write to many.
pub const NEWS: &[(&str, &str)] = &[
    ("La Gazette du Jardin", "gazette@jardin.example"),
    ("Grain & Moulin", "bonjour@grain-moulin.example"),
    ("TechDigest Weekly", "news@techdigest.example"),
    ("Voyages Azur", "offres@voyages-azur.example"),
    ("Librairie des Quais", "lettre@quais.example"),
    ("Northern Trail Co.", "hello@northerntrail.example"),
    ("Mutuelle Prévoyance", "infos@mutuelle.example"),
];

/// Name and address of machines that write about what one did.
pub const MACHINES: &[(&str, &str)] = &[
    ("Banque du Lac", "ne-pas-repondre@banque-lac.example"),
    ("Rail & Co", "billets@rail.example"),
    ("Parcel Service", "tracking@parcel.example"),
    ("Agenda Santé", "rappel@agenda-sante.example"),
    ("Backup monitor", "backup@ops.example"),
];

pub const SUBJECTS_FR: &[&str] = &[
    "Réunion de service jeudi",
    "Votre avis sur le compte rendu",
    "Planning des gardes de décembre",
    "Question sur l’ordonnance de Mme Fabre",
    "Photos du week-end",
    "Devis pour la toiture",
    "Rendez-vous déplacé à 15 h",
    "Inscription à l’école de musique",
    "Relecture de l’article avant vendredi",
    "Covoiturage pour Saint-Étienne",
    "Clés de l’appartement",
    "Anniversaire de Mamie : qui apporte quoi ?",
    "Dossier de remboursement incomplet",
    "Été prochain : la maison à Noirmoutier",
];

pub const SUBJECTS_EN: &[&str] = &[
    "Minutes of Tuesday's call",
    "Budget for the new waiting room",
    "Could you look at this before noon?",
    "Lunch on Thursday",
    "Draft agreement, second version",
    "Train times for the conference",
    "Handover notes",
    "Re-opening of the north entrance",
    "Question about the invoice of October",
    "Holiday cover",
    "Reading list",
    "Weekend plans",
];

pub const SENTENCES_FR: &[&str] = &[
    "Merci pour votre retour rapide, c’est très clair.",
    "Je vous propose de nous retrouver jeudi à 14 h 30 dans la salle du deuxième étage.",
    "Le patient a bien été reçu ; l’état général est satisfaisant et le traitement est poursuivi.",
    "Pourriez-vous me confirmer avant vendredi ? Passé ce délai, il faudra tout réimprimer.",
    "Nous avons reçu trois réponses favorables et une réserve, que je vous détaille plus bas.",
    "J’ai laissé les clés chez la gardienne, elle est là jusqu’à 19 h.",
    "Attention, le numéro a changé : 01 23 45 67 89, aux heures d’ouverture.",
    "Le détail est ici : https://www.example.org/dossiers/2026?ref=accueil&lang=fr",
    "Il reste 12 € à régler, par chèque ou par virement, comme vous préférez.",
    "À mon avis il vaut mieux attendre les résultats avant de décider quoi que ce soit.",
    "Pierre s’occupe du matériel, Zoë de l’accueil, et moi du café.",
    "La météo annonce de la neige dès mercredi : prévoyez un peu de marge.",
    "Je suis absent(e) lundi et mardi, mais joignable par téléphone en cas d’urgence.",
];

pub const SENTENCES_EN: &[&str] = &[
    "Thanks for getting back to me so quickly.",
    "I have attached the latest version, with Karim's comments in the margin.",
    "Could we move this to Thursday at 2.30 pm? The room upstairs is free.",
    "The numbers look right to me, apart from the second column on page 4.",
    "Nothing urgent, but I would rather have it settled before the holidays.",
    "See https://www.example.com/handbook/chapter-3#rules for the whole story.",
    "If it rains we will meet at the station instead.",
    "Please don't forward this yet: two people still have to sign.",
    "I rang them twice and left a message; no answer so far.",
    "We agreed on three things, and to talk again in a fortnight.",
    "The old entrance stays open until the end of the month.",
];

pub const PATIENTS: &[&str] = &[
    "FABRE Jeanne",
    "MARTIN Lucien",
    "DÉSIRÉ Anaïs",
    "N'GUYEN Paul",
    "LE BIHAN Yann",
    "ZOLA Émile",
    "PETIT-JEAN Inès",
];

package page

// words is everything the pages of a waiting room say, in one language. What
// is missing in a language is said in English.
type words struct {
	language  string
	thousands string

	// Headlines and what is below them, by the room's phase.
	queue, queueText     string
	before, beforeText   string
	shut, shutText       string // the pre-queue
	drawText             string // and if there is a lottery
	pausedText, keepText string
	few                  string // more people are ahead than seats are left

	forWhat, ahead, wait, seats, opensIn, beginsIn string

	counting, next, fewerThanTen, about, cannotSay string
	to                                             string // between two numbers
	lessThanAMinute, minute, minutes               string
	hour, hours, day, days                         string
	sure, fairlySure, unsure                       string

	again, move, quote, updated, check string

	moveTitle, moveText, moveLink string // where the place is
	takeTitle, takeText, take     string // where it goes to
}

// tag is what a page in these words says its language is: the visitor's locale
// if that is one of it.
func (w *words) tag(locale string) string {
	if len(locale) > 2 && locale[:2] == w.language {
		return locale
	}
	return w.language
}

// wordsIn is the words for a locale such as "cy-GB".
func wordsIn(locale string) *words {
	if len(locale) >= 2 {
		for i := range languages {
			if languages[i].language == locale[:2] {
				return &languages[i]
			}
		}
	}
	return &languages[0]
}

var languages = [...]words{
	{
		language: "en", thousands: ",",
		queue: "You are in the queue", queueText: "Many people would like to come in. We let them in one after another, in the order in which they came.",
		before: "The doors are not open yet", beforeText: "You can join the queue when they open. Coming earlier gains nothing, and this page moves on by itself.",
		shut: "You are in good time", shutText: "The sale has not begun yet. You have a place, and when it begins people come in in the order of their places.",
		drawText:   "The sale has not begun yet. Everyone who is here before it begins has the same chance: the order is then drawn by lot, in a way that anyone can check.",
		pausedText: "The queue stands still for a moment. You keep your place.",
		keepText:   "This page asks again by itself. If you reload it, or close it and come back on this device, you keep your place.",
		few:        "More people are ahead of you than there are seats left. You are welcome to wait: people leave, and seats come back. But we would rather you knew now.",
		forWhat:    "for", ahead: "People ahead of you", wait: "Your wait from here", seats: "Seats left", opensIn: "The doors open in", beginsIn: "The sale begins in",
		counting: "We are counting", next: "None: you are next", fewerThanTen: "Fewer than 10", about: "About", cannotSay: "We cannot say yet", to: "to",
		lessThanAMinute: "Less than a minute", minute: "minute", minutes: "minutes", hour: "hour", hours: "hours", day: "day", days: "days",
		sure:       "We are quite sure: nine in ten people wait no longer.",
		fairlySure: "We are fairly sure: nine in ten people wait no longer.", unsure: "This is a rough guess: nine in ten people wait no longer.",
		again: "Ask again now", check: "How to check the draw", move: "Take my place to another device", quote: "If you write to us about this, please quote", updated: "Brought up to date",
		moveTitle: "Take your place along", moveText: "Open this link on the other device. It works once and for ten minutes. From then on the place is there, and not here.",
		moveLink:  "The link for the other device",
		takeTitle: "Take the place over?", takeText: "Your place in the queue moves to this device. The device that had it until now loses it.", take: "Yes, continue here",
	},
	{
		language: "cy", thousands: ",",
		queue: "Rydych chi yn y ciw", queueText: "Mae llawer o bobl eisiau dod i mewn. Rydym yn eu gadael i mewn fesul un, yn y drefn y daethant.",
		before: "Nid yw’r drysau ar agor eto", beforeText: "Gallwch ymuno â’r ciw pan fyddant yn agor. Does dim mantais o ddod yn gynt, a bydd y dudalen hon yn symud ymlaen ei hun.",
		shut: "Rydych chi mewn da bryd", shutText: "Nid yw’r gwerthu wedi dechrau eto. Mae gennych le, a phan fydd yn dechrau daw pobl i mewn yn nhrefn eu lle.",
		drawText:   "Nid yw’r gwerthu wedi dechrau eto. Mae gan bawb sydd yma cyn iddo ddechrau yr un cyfle: tynnir y drefn drwy goelbren, mewn ffordd y gall unrhyw un ei gwirio.",
		pausedText: "Mae’r ciw yn aros am funud. Rydych yn cadw eich lle.",
		keepText:   "Mae’r dudalen hon yn gofyn eto ei hun. Os byddwch yn ei hail-lwytho, neu’n ei chau ac yn dod yn ôl ar y ddyfais hon, rydych yn cadw eich lle.",
		few:        "Mae mwy o bobl o’ch blaen nag sydd o seddi ar ôl. Mae croeso i chi aros: mae pobl yn gadael, a seddi’n dod yn ôl. Ond gwell gennym i chi wybod nawr.",
		forWhat:    "ar gyfer", ahead: "Pobl o’ch blaen", wait: "Eich aros o hyn ymlaen", seats: "Seddi ar ôl", opensIn: "Mae’r drysau’n agor ymhen", beginsIn: "Mae’r gwerthu’n dechrau ymhen",
		counting: "Rydym yn cyfrif", next: "Neb: chi sydd nesaf", fewerThanTen: "Llai na 10", about: "Tua", cannotSay: "Ni allwn ddweud eto", to: "i",
		lessThanAMinute: "Llai na munud", minute: "munud", minutes: "munud", hour: "awr", hours: "awr", day: "diwrnod", days: "diwrnod",
		sure:       "Rydym yn eithaf sicr: nid yw naw o bob deg yn aros yn hwy.",
		fairlySure: "Rydym yn weddol sicr: nid yw naw o bob deg yn aros yn hwy.", unsure: "Amcan bras yw hwn: nid yw naw o bob deg yn aros yn hwy.",
		again: "Gofyn eto nawr", check: "Sut i wirio’r coelbren", move: "Symud fy lle i ddyfais arall", quote: "Os ysgrifennwch atom am hyn, dyfynnwch", updated: "Diweddarwyd",
		moveTitle: "Ewch â’ch lle gyda chi", moveText: "Agorwch y ddolen hon ar y ddyfais arall. Mae’n gweithio unwaith ac am ddeg munud. Wedyn bydd y lle yno, ac nid yma.",
		moveLink:  "Y ddolen i’r ddyfais arall",
		takeTitle: "Cymryd y lle?", takeText: "Bydd eich lle yn y ciw yn symud i’r ddyfais hon. Bydd y ddyfais a’i cafodd hyd yn hyn yn ei golli.", take: "Iawn, parhau yma",
	},
	{
		language: "fr", thousands: "\u202f",
		queue: "Vous êtes dans la file", queueText: "Beaucoup de monde souhaite entrer. Nous faisons entrer chacun à son tour, dans l’ordre d’arrivée.",
		before: "Les portes ne sont pas encore ouvertes", beforeText: "Vous pourrez rejoindre la file à leur ouverture. Arriver plus tôt ne donne aucun avantage, et cette page avance toute seule.",
		shut: "Vous êtes à temps", shutText: "La vente n’a pas encore commencé. Vous avez une place et, dès le début, chacun entre dans l’ordre de sa place.",
		drawText:   "La vente n’a pas encore commencé. Toutes les personnes présentes avant son début ont la même chance : l’ordre est ensuite tiré au sort, de façon que chacun puisse le vérifier.",
		pausedText: "La file est arrêtée un instant. Vous gardez votre place.",
		keepText:   "Cette page se met à jour toute seule. Si vous la rechargez, ou la fermez et revenez sur cet appareil, vous gardez votre place.",
		few:        "Il y a plus de personnes devant vous que de places restantes. Vous pouvez attendre : des gens partent et des places reviennent. Mais nous préférons vous le dire dès maintenant.",
		forWhat:    "pour", ahead: "Personnes devant vous", wait: "Votre attente à partir de maintenant", seats: "Places restantes", opensIn: "Les portes ouvrent dans", beginsIn: "La vente commence dans",
		counting: "Nous comptons", next: "Aucune : c’est bientôt à vous", fewerThanTen: "Moins de 10", about: "Environ", cannotSay: "Nous ne pouvons pas encore le dire", to: "à",
		lessThanAMinute: "Moins d’une minute", minute: "minute", minutes: "minutes", hour: "heure", hours: "heures", day: "jour", days: "jours",
		sure:       "Nous en sommes assez sûrs : neuf personnes sur dix n’attendent pas plus longtemps.",
		fairlySure: "C’est une bonne estimation : neuf personnes sur dix n’attendent pas plus longtemps.", unsure: "C’est une estimation grossière : neuf personnes sur dix n’attendent pas plus longtemps.",
		again: "Demander maintenant", check: "Comment vérifier le tirage", move: "Emporter ma place sur un autre appareil", quote: "Si vous nous écrivez à ce sujet, veuillez indiquer", updated: "Mis à jour",
		moveTitle: "Emportez votre place", moveText: "Ouvrez ce lien sur l’autre appareil. Il fonctionne une seule fois, pendant dix minutes. La place est ensuite là-bas, et non plus ici.",
		moveLink:  "Le lien pour l’autre appareil",
		takeTitle: "Reprendre la place ?", takeText: "Votre place dans la file passe sur cet appareil. L’appareil qui l’avait jusqu’ici la perd.", take: "Oui, continuer ici",
	},
	{
		language: "de", thousands: ".",
		queue: "Sie sind in der Warteschlange", queueText: "Viele Menschen möchten herein. Wir lassen sie nacheinander ein, in der Reihenfolge, in der sie gekommen sind.",
		before: "Die Türen sind noch nicht offen", beforeText: "Sie können sich anstellen, sobald sie öffnen. Früher zu kommen bringt keinen Vorteil, und diese Seite geht von selbst weiter.",
		shut: "Sie sind rechtzeitig da", shutText: "Der Verkauf hat noch nicht begonnen. Sie haben einen Platz, und zu Beginn kommen alle in der Reihenfolge ihrer Plätze herein.",
		drawText:   "Der Verkauf hat noch nicht begonnen. Alle, die vorher hier sind, haben die gleiche Chance: Die Reihenfolge wird dann ausgelost, so dass jeder es nachprüfen kann.",
		pausedText: "Die Warteschlange steht einen Augenblick still. Sie behalten Ihren Platz.",
		keepText:   "Diese Seite fragt von selbst wieder nach. Wenn Sie sie neu laden, oder schließen und auf diesem Gerät wiederkommen, behalten Sie Ihren Platz.",
		few:        "Vor Ihnen sind mehr Menschen, als es noch Plätze gibt. Sie können gern warten: Manche gehen, und Plätze werden wieder frei. Aber wir sagen es Ihnen lieber jetzt.",
		forWhat:    "für", ahead: "Menschen vor Ihnen", wait: "Ihre Wartezeit ab jetzt", seats: "Plätze übrig", opensIn: "Die Türen öffnen in", beginsIn: "Der Verkauf beginnt in",
		counting: "Wir zählen noch", next: "Niemand: Sie sind gleich dran", fewerThanTen: "Weniger als 10", about: "Etwa", cannotSay: "Das lässt sich noch nicht sagen", to: "bis",
		lessThanAMinute: "Weniger als eine Minute", minute: "Minute", minutes: "Minuten", hour: "Stunde", hours: "Stunden", day: "Tag", days: "Tagen",
		sure:       "Das ist recht sicher: Neun von zehn warten nicht länger.",
		fairlySure: "Das ist ziemlich sicher: Neun von zehn warten nicht länger.", unsure: "Das ist grob geschätzt: Neun von zehn warten nicht länger.",
		again: "Jetzt nachfragen", check: "So lässt sich die Auslosung prüfen", move: "Meinen Platz auf ein anderes Gerät mitnehmen", quote: "Wenn Sie uns deswegen schreiben, nennen Sie bitte", updated: "Aktualisiert",
		moveTitle: "Nehmen Sie Ihren Platz mit", moveText: "Öffnen Sie diesen Link auf dem anderen Gerät. Er gilt einmal und zehn Minuten lang. Danach ist der Platz dort und nicht mehr hier.",
		moveLink:  "Der Link für das andere Gerät",
		takeTitle: "Den Platz übernehmen?", takeText: "Ihr Platz in der Warteschlange geht auf dieses Gerät über. Das Gerät, das ihn bisher hatte, verliert ihn.", take: "Ja, hier weitermachen",
	},
	{
		language: "es", thousands: ".",
		queue: "Está en la cola", queueText: "Muchas personas quieren entrar. Las dejamos pasar una tras otra, en el orden en que llegaron.",
		before: "Las puertas aún no están abiertas", beforeText: "Podrá unirse a la cola cuando se abran. Llegar antes no da ventaja, y esta página avanza por sí sola.",
		shut: "Llega a tiempo", shutText: "La venta aún no ha empezado. Tiene un puesto y, cuando empiece, se entra por orden de puesto.",
		drawText:   "La venta aún no ha empezado. Quienes estén aquí antes de que empiece tienen la misma oportunidad: el orden se sortea entonces, de manera que cualquiera pueda comprobarlo.",
		pausedText: "La cola está parada un momento. Conserva su puesto.",
		keepText:   "Esta página vuelve a preguntar por sí sola. Si la recarga, o la cierra y vuelve en este dispositivo, conserva su puesto.",
		few:        "Hay más personas delante de usted que localidades disponibles. Puede esperar si lo desea: hay quien se va y localidades que vuelven. Pero preferimos que lo sepa ya.",
		forWhat:    "para", ahead: "Personas delante de usted", wait: "Su espera a partir de ahora", seats: "Localidades disponibles", opensIn: "Las puertas se abren en", beginsIn: "La venta empieza en",
		counting: "Estamos contando", next: "Ninguna: ahora le toca a usted", fewerThanTen: "Menos de 10", about: "Cerca de", cannotSay: "Aún no podemos decirlo", to: "a",
		lessThanAMinute: "Menos de un minuto", minute: "minuto", minutes: "minutos", hour: "hora", hours: "horas", day: "día", days: "días",
		sure:       "Es bastante seguro: nueve de cada diez no esperan más.",
		fairlySure: "Es una buena estimación: nueve de cada diez no esperan más.", unsure: "Es un cálculo aproximado: nueve de cada diez no esperan más.",
		again: "Preguntar ahora", check: "Cómo comprobar el sorteo", move: "Llevar mi puesto a otro dispositivo", quote: "Si nos escribe sobre esto, indique", updated: "Actualizado",
		moveTitle: "Llévese su puesto", moveText: "Abra este enlace en el otro dispositivo. Funciona una vez y durante diez minutos. Después el puesto está allí, y no aquí.",
		moveLink:  "El enlace para el otro dispositivo",
		takeTitle: "¿Tomar el puesto?", takeText: "Su puesto en la cola pasa a este dispositivo. El que lo tenía hasta ahora lo pierde.", take: "Sí, seguir aquí",
	},
}

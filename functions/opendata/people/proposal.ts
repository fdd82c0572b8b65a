import { folded } from "../domain.ts";
import type { Cell, ColumnType, Origin, Personal } from "../schema.ts";

// What a column says about people is for the publisher to decide. Its name and first values give a proposal, which is
// rather too careful than too careless: it must be confirmed, and can be changed.

export interface Tags {
  origin: Origin;
  personal: Personal;
}

const among = (...words: string[]) => new RegExp(`(?:^| )(?:${words.join("|")})(?= |$)`);

/** Alone enough to find somebody. */
const DIRECT = among(
  ...[
    "e ?mails?",
    "mail",
    "courriels?",
    "(?:tele)?phones?",
    "tel",
    "telephones?",
    "mobile",
    "gsm",
    "iban",
    "ssn",
    "nir",
  ],
  ...["(?:first|last|full|family|given) ?names?", "surname", "prenoms?", "nom de famille", "nom complet", "patronyme"],
  ...["passports?", "passeports?", "national id", "user ?name", "licen[cs]e plate", "immatriculation"],
  ...["الاسم الكامل", "اسم العايله", "اللقب", "الهاتف", "رقم الهاتف", "البريد الالكتروني", "رقم الهويه", "جواز السفر"],
);
const QUASI = among(
  ...["ages?", "birth ?(?:date|day|year|place)?", "(?:date|day|year|place) of birth", "born", "dob", "sex", "sexe"],
  ...["(?:date|annee|lieu)(?: de)? naissance", "gender", "nationality", "nationalite", "occupation", "profession"],
  ...["marital status", "situation familiale", "civilite", "العمر", "الجنس", "تاريخ الميلاد", "الجنسيه", "المهنه"],
);
const SENSITIVE = among(
  ...["religion", "ethnicity", "ethnie", "diagnos(?:is|tic)", "diseases?", "maladies?", "disability", "handicap"],
  ...["incomes?", "revenus?", "salary", "salaires?", "health", "sante", "الديانه", "المرض", "الدخل", "الراتب"],
);
const COUNT = among(
  ...["population", "inhabitants", "habitants", "residents", "people", "persons", "personnes", "patients", "victims"],
  ...["victimes", "deaths", "deces", "births", "naissances", "beneficiaries", "beneficiaires", "السكان", "عدد السكان"],
);
/** In a table about people these are theirs. */
const NAMES_THEM = among("names?", "noms?", "id", "identifiant", "الاسم", "اسم");
const PLACES_THEM = among(
  ...[
    "post ?code",
    "zip",
    "zip ?code",
    "postal code",
    "code postal",
    "address",
    "adresse",
    "street",
    "rue",
    "district",
  ],
  ...["quartier", "commune", "neighbou?rhood", "ward", "lat", "latitude", "lon", "lng", "longitude", "x", "y"],
  ...["geometry", "location", "العنوان", "الشارع", "الحي"],
);

/** A column's name as words: without accents and capitals, however they are joined. */
const wordsOf = (name: string): string =>
  folded(name.replaceAll(/(?<=\p{Ll})(?=\p{Lu})/gu, " "))
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const PHONE = /^(?:\+|00)\d[\d .()-]{7,18}$/;
const LOOKED_AT = 1_000;

/** Looks at the first values of a column. */
export class Looks {
  private given = 0;
  private reachable = 0;
  private digits = 0;

  add(cell: Cell): void {
    if (this.given >= LOOKED_AT || cell === null || cell === "") return;
    this.given += 1;
    const text = String(cell).trim();
    if (text.length > 120) return;
    if (EMAIL.test(text) || PHONE.test(text)) this.reachable += 1;
    if (/\d/.test(text)) this.digits += 1;
  }
  /** Most are addresses or numbers at which somebody can be reached. */
  get isReach(): boolean {
    return this.reachable * 2 > this.given;
  }
  /** Most are codes, such as of post: their first signs say something. */
  get isCode(): boolean {
    return this.digits * 2 > this.given;
  }
}

/**
 * @param isSaidOfPeople  somebody tagged a column so already
 * @returns a proposal for each column, in their order
 */
export function propose(
  columns: readonly { name: string; type: ColumnType; looks: Looks }[],
  isSaidOfPeople = false,
): Tags[] {
  const names = columns.map(({ name }) => wordsOf(name));
  const isAboutPeople =
    isSaidOfPeople || names.some((name, i) => QUASI.test(name) || (DIRECT.test(name) && !columns[i]!.looks.isReach));
  return columns.map(({ type, looks }, i) => {
    const name = names[i]!;
    const isNumeric = type === "integer" || type === "number";
    if (isNumeric && COUNT.test(name)) return { origin: "observed", personal: "count_of_people" };
    if (DIRECT.test(name) || looks.isReach) return { origin: "given", personal: "direct_identifier" };
    if (QUASI.test(name)) return { origin: "given", personal: "quasi_identifier" };
    if (SENSITIVE.test(name)) return { origin: "given", personal: isAboutPeople ? "sensitive" : "no" };
    if (!isAboutPeople) return { origin: "observed", personal: "no" };
    if (NAMES_THEM.test(name)) return { origin: "given", personal: "direct_identifier" };
    const isQuasi = PLACES_THEM.test(name) || type === "date" || type === "datetime";
    return { origin: "given", personal: isQuasi ? "quasi_identifier" : "no" };
  });
}

/** Common given and family names, streets and telephone numbers by country: plausible, and nobody's in particular. */
export interface Names {
  given: readonly string[];
  family: readonly string[];
  streets: readonly string[];
  /** A mobile number in E.164 from up to six digits that the regulator keeps for numbers like it. */
  phone: (digits: string) => string;
}

const WEST_AFRICA: Names = {
  given: ["Awa", "Kouadio", "Aya", "Yao", "Fatou", "Adama", "Mariam", "Koffi", "Aminata", "Ibrahim", "Affoué", "Serge"],
  family: ["Kouassi", "Koné", "Traoré", "N’Guessan", "Ouattara", "Bamba", "Konan", "Coulibaly", "Diabaté", "Yao"],
  streets: [
    "rue des Jardins",
    "boulevard Latrille",
    "rue du Commerce",
    "avenue Houdaille",
    "rue des Palmiers",
    "rue du Marché",
  ],
  phone: (digits) => `+22507${digits.padStart(8, "0")}`,
};
const MOROCCO: Names = {
  given: [
    "Fatima",
    "Mohamed",
    "Khadija",
    "Youssef",
    "Salma",
    "Hamza",
    "Amina",
    "Omar",
    "Zineb",
    "Rachid",
    "Nadia",
    "Karim",
  ],
  family: ["Benali", "El Amrani", "Idrissi", "Tazi", "Bennani", "Alaoui", "Chraibi", "Berrada", "Lahlou", "Fassi"],
  streets: [
    "rue Tahar Sebti",
    "boulevard Zerktouni",
    "rue Ibn Batouta",
    "avenue des FAR",
    "rue Sidi Belyout",
    "rue Allal Ben Abdallah",
  ],
  phone: (digits) => `+2126${digits.padStart(8, "1")}`,
};
const FRANCE: Names = {
  given: ["Camille", "Louis", "Jeanne", "Hugo", "Inès", "Paul", "Léa", "Malo", "Maëlle", "Jules", "Nora", "Yann"],
  family: ["Martin", "Le Gall", "Bernard", "Robert", "Petit", "Moreau", "Guérin", "Rousseau", "Fontaine", "Leroux"],
  streets: [
    "rue Crébillon",
    "quai de la Fosse",
    "rue des Carmes",
    "rue Kervégan",
    "boulevard Guist’hau",
    "rue de Strasbourg",
  ],
  phone: (digits) => `+3363998${digits.slice(-4).padStart(4, "0")}`, // 06 39 98: kept by ARCEP for fiction
};

const BY_COUNTRY: Record<string, Names> = { CI: WEST_AFRICA, MA: MOROCCO, FR: FRANCE };

export const namesOf = (country: string): Names => BY_COUNTRY[country] ?? WEST_AFRICA;

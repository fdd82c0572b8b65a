import { defineTexts } from "../../shared/texts.ts";

/** One sentence for each thing that a check can find: `<check>_<verdict>`, and what the checks are called. */
export const checkTexts = defineTexts({
  en: {
    manifest: "Manifest",
    licence: "Licence",
    sbom: "What it is made of",
    secrets: "Secrets",
    proofs: "Examples",
    scopes: "What it asks for",
    limits: "Limits",
    languages: "Languages",
    translations: "Translation of the pages",
    pages: "Pages",
    upgrade: "Change of version",
    personal: "Data about people",
    pass: "passes",
    warn: "to be known",
    fail: "fails",
    manifest_pass: "{$name} keeps the contract.",
    manifest_fail:
      ".input {$n :number} .match $n one {{{$n} text holds a sign that nobody sees: a control sign, or one that turns the direction of writing. Take it out.}} * {{{$n} texts hold signs that nobody sees: control signs, or such as turn the direction of writing. Take them out.}}",
    manifest_warn: "{$name} keeps the contract, and does not say what changed since the version before.",
    licence_pass: "Its licence is {$licence}, which SPDX lists.",
    licence_warn: "{$licence}: a licence of its own, or none. Read it before you rely on it.",
    sbom_pass:
      ".input {$n :number} .match $n 0 {{It has no program, so there is nothing to list.}} one {{What its programs are made of is listed: {$n} component.}} * {{What its programs are made of is listed: {$n} components.}}",
    sbom_warn:
      ".input {$n :number} .match $n one {{{$n} library in it is listed without its version or licence.}} * {{{$n} libraries in it are listed without their version or licence.}}",
    sbom_fail: "It has a program that the list of what it is made of (SBOM, CycloneDX) does not name by its digest.",
    secrets_pass: "No key, token or password was found in it.",
    secrets_fail:
      ".input {$n :number} .match $n one {{{$n} place looks like a key, a token or a password. A package is public for ever: take it out, and make the key invalid.}} * {{{$n} places look like keys, tokens or passwords. A package is public for ever: take them out, and make the keys invalid.}}",
    proofs_pass:
      ".input {$n :number} .match $n 0 {{Nothing of it computes.}} one {{{$n} example gives what it says.}} * {{{$n} examples give what they say.}}",
    proofs_warn:
      ".input {$n :number} .match $n one {{What examples there are hold; {$n} part computes something and has none.}} * {{What examples there are hold; {$n} parts compute something and have none.}}",
    proofs_fail:
      ".input {$n :number} .match $n one {{{$n} example does not give what it says.}} * {{{$n} examples do not give what they say.}}",
    scopes_pass: ".input {$n :number} .match $n 0 {{It asks for nothing.}} * {{All that it asks for ({$n}) it uses.}}",
    scopes_fail:
      ".input {$n :number} .match $n one {{It asks for {$n} thing that it never uses: ask for less.}} * {{It asks for {$n} things that it never uses: ask for less.}}",
    limits_pass: "It is within its limits: {$bytes :number} bytes, {$parts :number} parts.",
    limits_warn: "It is near its limits: {$bytes :number} bytes, {$parts :number} parts.",
    limits_fail: "It is beyond its limits.",
    languages_pass: "All that people read is there in {$languages}.",
    languages_warn:
      ".input {$n :number} .match $n one {{In {$languages} {$n} text is missing; it is shown in another language.}} * {{In {$languages} {$n} texts are missing; they are shown in another language.}}",
    translations_pass:
      ".input {$n :number} .match $n 0 {{It translates nothing of the city’s own pages.}} * {{All that it says for the city’s own pages can stand there ({$languages}).}}",
    translations_fail:
      ".input {$n :number} .match $n one {{{$n} text cannot stand on the city’s own pages.}} * {{{$n} texts cannot stand on the city’s own pages.}}",
    pages_pass:
      ".input {$n :number} .match $n 0 {{It has no page of its own.}} * {{Its pages ({$n}) work without script and by keyboard; their links, pictures and tables have names.}}",
    pages_warn:
      ".input {$n :number} .match $n one {{On its pages {$n} thing is hard to follow for whoever listens to them.}} * {{On its pages {$n} things are hard to follow for whoever listens to them.}}",
    pages_fail:
      ".input {$n :number} .match $n one {{On its pages {$n} link has a name that says nothing by itself.}} * {{On its pages {$n} links have names that say nothing by themselves.}}",
    upgrade_pass:
      ".input {$n :number} .match $n 0 {{No older version is published.}} * {{A city can come from each older version ({$n}) and go back.}}",
    upgrade_warn:
      ".input {$n :number} .match $n one {{It is a new beginning: {$n} thing that an older version wrote or set does not fit, and coming from there loses it.}} * {{It is a new beginning: {$n} things that older versions wrote or set do not fit, and coming from there loses them.}}",
    upgrade_fail:
      ".input {$n :number} .match $n one {{{$n} thing that an older version wrote or set does not fit: give it a new major version, or mend it.}} * {{{$n} things that older versions wrote or set do not fit: give it a new major version, or mend them.}}",
    personal_pass:
      ".input {$n :number} .match $n 0 {{It keeps no rows of its own.}} * {{The rows that it keeps hold nothing about people that we know of; they go with it.}}",
    personal_warn:
      ".input {$n :number} .match $n one {{It keeps something about people in {$n} place. It is erased with whoever asks for it, and goes with the module.}} * {{It keeps something about people in {$n} places. They are erased with whoever asks for it, and go with the module.}}",
  },
  fr: {
    manifest: "Manifeste",
    licence: "Licence",
    sbom: "Ce dont il est fait",
    secrets: "Secrets",
    proofs: "Exemples",
    scopes: "Ce qu’il demande",
    limits: "Limites",
    languages: "Langues",
    translations: "Traduction des pages",
    pages: "Pages",
    upgrade: "Changement de version",
    personal: "Données sur les personnes",
    pass: "réussi",
    warn: "à savoir",
    fail: "échoué",
    manifest_pass: "{$name} respecte le contrat.",
    manifest_fail:
      ".input {$n :number} .match $n one {{{$n} texte contient un signe que personne ne voit : de contrôle, ou qui retourne le sens de l’écriture. Retirez-le.}} * {{{$n} textes contiennent des signes que personne ne voit : de contrôle, ou qui retournent le sens de l’écriture. Retirez-les.}}",
    manifest_warn: "{$name} respecte le contrat, sans dire ce qui a changé depuis la version précédente.",
    licence_pass: "Sa licence est {$licence}, que SPDX répertorie.",
    licence_warn: "{$licence} : une licence à lui, ou aucune. Lisez-la avant de compter dessus.",
    sbom_pass:
      ".input {$n :number} .match $n 0 {{Il n’a pas de programme : rien à énumérer.}} one {{Ce dont ses programmes sont faits est énuméré : {$n} composant.}} * {{Ce dont ses programmes sont faits est énuméré : {$n} composants.}}",
    sbom_warn:
      ".input {$n :number} .match $n one {{{$n} bibliothèque y est énumérée sans version ou sans licence.}} * {{{$n} bibliothèques y sont énumérées sans version ou sans licence.}}",
    sbom_fail: "Il a un programme que la liste de ses composants (SBOM, CycloneDX) ne désigne pas par son empreinte.",
    secrets_pass: "Aucune clé, aucun jeton ni mot de passe n’y a été trouvé.",
    secrets_fail:
      ".input {$n :number} .match $n one {{{$n} endroit ressemble à une clé, un jeton ou un mot de passe. Un paquet est public pour toujours : retirez-le, et invalidez la clé.}} * {{{$n} endroits ressemblent à des clés, des jetons ou des mots de passe. Un paquet est public pour toujours : retirez-les, et invalidez les clés.}}",
    proofs_pass:
      ".input {$n :number} .match $n 0 {{Rien en lui ne calcule.}} one {{{$n} exemple donne ce qu’il annonce.}} * {{{$n} exemples donnent ce qu’ils annoncent.}}",
    proofs_warn:
      ".input {$n :number} .match $n one {{Les exemples présents tiennent ; {$n} partie calcule et n’en a pas.}} * {{Les exemples présents tiennent ; {$n} parties calculent et n’en ont pas.}}",
    proofs_fail:
      ".input {$n :number} .match $n one {{{$n} exemple ne donne pas ce qu’il annonce.}} * {{{$n} exemples ne donnent pas ce qu’ils annoncent.}}",
    scopes_pass: ".input {$n :number} .match $n 0 {{Il ne demande rien.}} * {{Tout ce qu’il demande ({$n}) lui sert.}}",
    scopes_fail:
      ".input {$n :number} .match $n one {{Il demande {$n} chose qui ne lui sert jamais : demandez moins.}} * {{Il demande {$n} choses qui ne lui servent jamais : demandez moins.}}",
    limits_pass: "Il est dans ses limites : {$bytes :number} octets, {$parts :number} parties.",
    limits_warn: "Il approche de ses limites : {$bytes :number} octets, {$parts :number} parties.",
    limits_fail: "Il dépasse ses limites.",
    languages_pass: "Tout ce que les gens lisent existe en {$languages}.",
    languages_warn:
      ".input {$n :number} .match $n one {{En {$languages}, {$n} texte manque ; il est montré dans une autre langue.}} * {{En {$languages}, {$n} textes manquent ; ils sont montrés dans une autre langue.}}",
    translations_pass:
      ".input {$n :number} .match $n 0 {{Il ne traduit rien des pages de la ville.}} * {{Tout ce qu’il dit pour les pages de la ville peut y figurer ({$languages}).}}",
    translations_fail:
      ".input {$n :number} .match $n one {{{$n} texte ne peut pas figurer sur les pages de la ville.}} * {{{$n} textes ne peuvent pas figurer sur les pages de la ville.}}",
    pages_pass:
      ".input {$n :number} .match $n 0 {{Il n’a pas de page à lui.}} * {{Ses pages ({$n}) fonctionnent sans script et au clavier ; leurs liens, images et tableaux ont un nom.}}",
    pages_warn:
      ".input {$n :number} .match $n one {{Sur ses pages, {$n} chose est difficile à suivre pour qui les écoute.}} * {{Sur ses pages, {$n} choses sont difficiles à suivre pour qui les écoute.}}",
    pages_fail:
      ".input {$n :number} .match $n one {{Sur ses pages, {$n} lien a un nom qui, seul, ne dit rien.}} * {{Sur ses pages, {$n} liens ont un nom qui, seul, ne dit rien.}}",
    upgrade_pass:
      ".input {$n :number} .match $n 0 {{Aucune version plus ancienne n’est publiée.}} * {{Une ville peut venir de chaque version plus ancienne ({$n}) et y revenir.}}",
    upgrade_warn:
      ".input {$n :number} .match $n one {{C’est un nouveau départ : {$n} chose écrite ou réglée par une version plus ancienne ne convient plus, et se perd.}} * {{C’est un nouveau départ : {$n} choses écrites ou réglées par des versions plus anciennes ne conviennent plus, et se perdent.}}",
    upgrade_fail:
      ".input {$n :number} .match $n one {{{$n} chose écrite ou réglée par une version plus ancienne ne convient plus : changez le numéro majeur, ou corrigez.}} * {{{$n} choses écrites ou réglées par des versions plus anciennes ne conviennent plus : changez le numéro majeur, ou corrigez.}}",
    personal_pass:
      ".input {$n :number} .match $n 0 {{Il ne garde pas de lignes à lui.}} * {{Les lignes qu’il garde ne contiennent, à notre connaissance, rien sur les personnes ; elles partent avec lui.}}",
    personal_warn:
      ".input {$n :number} .match $n one {{Il garde quelque chose sur les personnes à {$n} endroit. C’est effacé pour qui le demande, et part avec le module.}} * {{Il garde quelque chose sur les personnes à {$n} endroits. C’est effacé pour qui le demande, et part avec le module.}}",
  },
  ar: {
    manifest: "البيان",
    licence: "الرخصة",
    sbom: "مما صُنعت",
    secrets: "الأسرار",
    proofs: "الأمثلة",
    scopes: "ما تطلبه",
    limits: "الحدود",
    languages: "اللغات",
    translations: "ترجمة الصفحات",
    pages: "الصفحات",
    upgrade: "تغيير الإصدار",
    personal: "بيانات عن الناس",
    pass: "ناجح",
    warn: "يجب أن يُعلم",
    fail: "فاشل",
    manifest_pass: "{$name} تلتزم بالعقد.",
    manifest_fail:
      ".input {$n :number} .match $n one {{نص واحد ({$n}) فيه علامة لا يراها أحد: علامة تحكّم أو علامة تقلب اتجاه الكتابة. أزلها.}} two {{نصّان ({$n}) فيهما علامات لا يراها أحد: علامات تحكّم أو علامات تقلب اتجاه الكتابة. أزلها.}} few {{{$n} نصوص فيها علامات لا يراها أحد: علامات تحكّم أو علامات تقلب اتجاه الكتابة. أزلها.}} many {{{$n} نصاً فيها علامات لا يراها أحد: علامات تحكّم أو علامات تقلب اتجاه الكتابة. أزلها.}} * {{{$n} نص فيها علامات لا يراها أحد: علامات تحكّم أو علامات تقلب اتجاه الكتابة. أزلها.}}",
    manifest_warn: "{$name} تلتزم بالعقد، ولا تقول ما الذي تغيّر منذ الإصدار السابق.",
    licence_pass: "رخصتها {$licence}، وهي في قائمة SPDX.",
    licence_warn: "{$licence}: رخصة خاصة بها أو لا رخصة. اقرأها قبل أن تعتمد عليها.",
    sbom_pass:
      ".input {$n :number} .match $n 0 {{ليس فيها برنامج، فلا شيء يُدرج.}} one {{ما صُنعت منه برامجها مدرج: مكوّن واحد ({$n}).}} two {{ما صُنعت منه برامجها مدرج: مكوّنان ({$n}).}} few {{ما صُنعت منه برامجها مدرج: {$n} مكوّنات.}} many {{ما صُنعت منه برامجها مدرج: {$n} مكوّناً.}} * {{ما صُنعت منه برامجها مدرج: {$n} مكوّن.}}",
    sbom_warn:
      ".input {$n :number} .match $n one {{مكتبة واحدة ({$n}) مدرجة بلا إصدار أو بلا رخصة.}} two {{مكتبتان ({$n}) مدرجتان بلا إصدار أو بلا رخصة.}} few {{{$n} مكتبات مدرجة بلا إصدار أو بلا رخصة.}} many {{{$n} مكتبة مدرجة بلا إصدار أو بلا رخصة.}} * {{{$n} مكتبة مدرجة بلا إصدار أو بلا رخصة.}}",
    sbom_fail: "فيها برنامج لا تذكره قائمة مكوّناتها (SBOM، CycloneDX) ببصمته.",
    secrets_pass: "لم يُعثر فيها على مفتاح أو رمز أو كلمة سر.",
    secrets_fail:
      ".input {$n :number} .match $n one {{موضع واحد ({$n}) يشبه مفتاحاً أو رمزاً أو كلمة سر. الحزمة علنية إلى الأبد: احذفه وأبطل المفتاح.}} two {{موضعان ({$n}) يشبهان مفاتيح أو رموزاً أو كلمات سر. الحزمة علنية إلى الأبد: احذفهما وأبطل المفاتيح.}} few {{{$n} مواضع تشبه مفاتيح أو رموزاً أو كلمات سر. الحزمة علنية إلى الأبد: احذفها وأبطل المفاتيح.}} many {{{$n} موضعاً تشبه مفاتيح أو رموزاً أو كلمات سر. الحزمة علنية إلى الأبد: احذفها وأبطل المفاتيح.}} * {{{$n} موضع تشبه مفاتيح أو رموزاً أو كلمات سر. الحزمة علنية إلى الأبد: احذفها وأبطل المفاتيح.}}",
    proofs_pass:
      ".input {$n :number} .match $n 0 {{لا شيء فيها يحسب.}} one {{مثال واحد ({$n}) يعطي ما يقوله.}} two {{مثالان ({$n}) يعطيان ما يقولانه.}} few {{{$n} أمثلة تعطي ما تقوله.}} many {{{$n} مثالاً تعطي ما تقوله.}} * {{{$n} مثال تعطي ما تقوله.}}",
    proofs_warn:
      ".input {$n :number} .match $n one {{الأمثلة الموجودة صحيحة؛ جزء واحد ({$n}) يحسب وليس له مثال.}} two {{الأمثلة الموجودة صحيحة؛ جزآن ({$n}) يحسبان وليس لهما مثال.}} few {{الأمثلة الموجودة صحيحة؛ {$n} أجزاء تحسب وليس لها مثال.}} many {{الأمثلة الموجودة صحيحة؛ {$n} جزءاً تحسب وليس لها مثال.}} * {{الأمثلة الموجودة صحيحة؛ {$n} جزء تحسب وليس لها مثال.}}",
    proofs_fail:
      ".input {$n :number} .match $n one {{مثال واحد ({$n}) لا يعطي ما يقوله.}} two {{مثالان ({$n}) لا يعطيان ما يقولانه.}} few {{{$n} أمثلة لا تعطي ما تقوله.}} many {{{$n} مثالاً لا تعطي ما تقوله.}} * {{{$n} مثال لا تعطي ما تقوله.}}",
    scopes_pass: ".input {$n :number} .match $n 0 {{لا تطلب شيئاً.}} * {{كل ما تطلبه ({$n}) تستعمله.}}",
    scopes_fail:
      ".input {$n :number} .match $n one {{تطلب شيئاً واحداً ({$n}) لا تستعمله أبداً: اطلب أقل.}} two {{تطلب شيئين ({$n}) لا تستعملهما أبداً: اطلب أقل.}} few {{تطلب {$n} أشياء لا تستعملها أبداً: اطلب أقل.}} many {{تطلب {$n} شيئاً لا تستعملها أبداً: اطلب أقل.}} * {{تطلب {$n} شيء لا تستعملها أبداً: اطلب أقل.}}",
    limits_pass: "هي ضمن حدودها: {$bytes :number} بايت، {$parts :number} من الأجزاء.",
    limits_warn: "هي قريبة من حدودها: {$bytes :number} بايت، {$parts :number} من الأجزاء.",
    limits_fail: "هي خارج حدودها.",
    languages_pass: "كل ما يقرؤه الناس موجود بهذه اللغات: {$languages}.",
    languages_warn:
      ".input {$n :number} .match $n one {{في {$languages} نص واحد ({$n}) ناقص؛ ويُعرض بلغة أخرى.}} two {{في {$languages} نصّان ({$n}) ناقصان؛ ويُعرضان بلغة أخرى.}} few {{في {$languages} {$n} نصوص ناقصة؛ وتُعرض بلغة أخرى.}} many {{في {$languages} {$n} نصاً ناقصاً؛ وتُعرض بلغة أخرى.}} * {{في {$languages} {$n} نص ناقص؛ وتُعرض بلغة أخرى.}}",
    translations_pass:
      ".input {$n :number} .match $n 0 {{لا تترجم شيئاً من صفحات المدينة.}} * {{كل ما تقوله لصفحات المدينة يصلح لها ({$languages}).}}",
    translations_fail:
      ".input {$n :number} .match $n one {{نص واحد ({$n}) لا يصلح لصفحات المدينة.}} two {{نصّان ({$n}) لا يصلحان لصفحات المدينة.}} few {{{$n} نصوص لا تصلح لصفحات المدينة.}} many {{{$n} نصاً لا تصلح لصفحات المدينة.}} * {{{$n} نص لا تصلح لصفحات المدينة.}}",
    pages_pass:
      ".input {$n :number} .match $n 0 {{ليس لها صفحة خاصة بها.}} * {{صفحاتها ({$n}) تعمل بلا نصوص برمجية وبلوحة المفاتيح؛ ولروابطها وصورها وجداولها أسماء.}}",
    pages_warn:
      ".input {$n :number} .match $n one {{في صفحاتها شيء واحد ({$n}) يصعب تتبّعه على من يستمع إليها.}} two {{في صفحاتها شيئان ({$n}) يصعب تتبّعهما على من يستمع إليها.}} few {{في صفحاتها {$n} أشياء يصعب تتبّعها على من يستمع إليها.}} many {{في صفحاتها {$n} شيئاً يصعب تتبّعها على من يستمع إليها.}} * {{في صفحاتها {$n} شيء يصعب تتبّعها على من يستمع إليها.}}",
    pages_fail:
      ".input {$n :number} .match $n one {{في صفحاتها رابط واحد ({$n}) لا يقول اسمه وحده شيئاً.}} two {{في صفحاتها رابطان ({$n}) لا يقول اسم أيٍّ منهما وحده شيئاً.}} few {{في صفحاتها {$n} روابط لا تقول أسماؤها وحدها شيئاً.}} many {{في صفحاتها {$n} رابطاً لا تقول أسماؤها وحدها شيئاً.}} * {{في صفحاتها {$n} رابط لا تقول أسماؤها وحدها شيئاً.}}",
    upgrade_pass:
      ".input {$n :number} .match $n 0 {{لم يُنشر إصدار أقدم.}} * {{تستطيع المدينة الانتقال من كل إصدار أقدم ({$n}) والرجوع إليه.}}",
    upgrade_warn:
      ".input {$n :number} .match $n one {{هي بداية جديدة: شيء واحد ({$n}) كتبه أو ضبطه إصدار أقدم لم يعد يناسب، فيضيع.}} two {{هي بداية جديدة: شيئان ({$n}) كتبتهما أو ضبطتهما إصدارات أقدم لم يعودا يناسبان، فيضيعان.}} few {{هي بداية جديدة: {$n} أشياء كتبتها أو ضبطتها إصدارات أقدم لم تعد تناسب، فتضيع.}} many {{هي بداية جديدة: {$n} شيئاً كتبتها أو ضبطتها إصدارات أقدم لم تعد تناسب، فتضيع.}} * {{هي بداية جديدة: {$n} شيء كتبتها أو ضبطتها إصدارات أقدم لم تعد تناسب، فتضيع.}}",
    upgrade_fail:
      ".input {$n :number} .match $n one {{شيء واحد ({$n}) كتبه أو ضبطه إصدار أقدم لم يعد يناسب: غيّر رقم الإصدار الرئيسي أو أصلحه.}} two {{شيئان ({$n}) كتبتهما أو ضبطتهما إصدارات أقدم لم يعودا يناسبان: غيّر رقم الإصدار الرئيسي أو أصلحهما.}} few {{{$n} أشياء كتبتها أو ضبطتها إصدارات أقدم لم تعد تناسب: غيّر رقم الإصدار الرئيسي أو أصلحها.}} many {{{$n} شيئاً كتبتها أو ضبطتها إصدارات أقدم لم تعد تناسب: غيّر رقم الإصدار الرئيسي أو أصلحها.}} * {{{$n} شيء كتبتها أو ضبطتها إصدارات أقدم لم تعد تناسب: غيّر رقم الإصدار الرئيسي أو أصلحها.}}",
    personal_pass:
      ".input {$n :number} .match $n 0 {{لا تحتفظ بصفوف خاصة بها.}} * {{الصفوف التي تحتفظ بها لا تحوي، على حد علمنا، شيئاً عن الناس؛ وتذهب معها.}}",
    personal_warn:
      ".input {$n :number} .match $n one {{تحتفظ بشيء عن الناس في موضع واحد ({$n}). يُمحى لمن يطلب ذلك، ويذهب مع الوحدة.}} two {{تحتفظ بشيء عن الناس في موضعين ({$n}). يُمحى لمن يطلب ذلك، ويذهب مع الوحدة.}} few {{تحتفظ بشيء عن الناس في {$n} مواضع. يُمحى لمن يطلب ذلك، ويذهب مع الوحدة.}} many {{تحتفظ بشيء عن الناس في {$n} موضعاً. يُمحى لمن يطلب ذلك، ويذهب مع الوحدة.}} * {{تحتفظ بشيء عن الناس في {$n} موضع. يُمحى لمن يطلب ذلك، ويذهب مع الوحدة.}}",
  },
});
export type CheckTextKey = keyof typeof checkTexts.catalogues.en;

// Word lists for made-up mail: English office and family talk by falling frequency, and a little of other languages.
#include "tests/sandbox/vocabulary.h"

namespace mailmgr::sandbox {

std::string_view english_words() {
  return "the to and of a in is for you that we it on be with this have are as not will at or from your if can i but "
         "please our was all an by they there has do would what up so no more about when one which out their know time "
         "just "
         "get need also any new see some who like only other than then work how now team into could them been last "
         "week "
         "next make over after use first back should good day think want were where still right off two because may "
         "send "
         "help here thanks let meeting call today my project very before through us many tomorrow give way well much "
         "these "
         "most even look between however each since both those while never until again such same why does another "
         "point "
         "question update report change order number date list mail message email file attached regards best hello "
         "dear "
         "note customer client office server system data test version release issue review draft plan budget contract "
         "invoice payment price offer account bank tax money cost total amount month year quarter monday tuesday "
         "wednesday "
         "thursday friday saturday sunday january february march april may june july august september october november "
         "december morning afternoon evening night hour minute deadline schedule agenda minutes slides document page "
         "section table figure chart sheet form copy sign signature approve approval confirm confirmed cancel delay "
         "deliver delivery shipment package address street city country travel flight train ticket hotel booking room "
         "reservation trip visit guest family mother father brother sister child children school teacher class "
         "birthday "
         "party dinner lunch coffee restaurant recipe garden house kitchen window door car bike road weather rain "
         "summer "
         "winter spring holiday weekend photo picture video music book film story news paper article blog website link "
         "page login password access user group member community network computer laptop phone screen keyboard printer "
         "software hardware code branch patch merge commit build bug fix error warning crash log database query index "
         "table backup restore migration deploy production staging cluster memory disk performance latency benchmark "
         "security certificate key token encryption privacy policy legal lawyer law agreement clause term condition "
         "insurance claim health doctor hospital medicine appointment research study result analysis method sample "
         "model "
         "theory experiment measure value unit energy power water solar battery material design product quality "
         "feature "
         "support service request response feedback survey training course workshop conference speaker session keynote "
         "market sales marketing brand campaign target growth revenue profit loss share investor partner supplier "
         "vendor "
         "purchase discount newsletter subscribe unsubscribe account statement balance transfer refund receipt "
         "warranty "
         "manager director assistant engineer developer designer analyst consultant colleague employee candidate "
         "interview "
         "resume hire salary vacation leave sick remote onsite headquarters department board committee council "
         "election "
         "vote member president secretary public government ministry region local international european global "
         "language "
         "translation german french spanish japanese chinese russian english university professor student thesis paper "
         "library museum theatre concert festival exhibition art painting history culture science technology nature "
         "mountain river lake beach forest island ocean animal dog cat bird fish horse football tennis running "
         "swimming "
         "cycling hiking yoga team coach match score season league championship winner record";
}

std::vector<Language> foreign_languages() {
  return {
      {"iso-8859-1",
       {"und",     "die",   "der",    "für",     "können", "Grüße",       "wir",      "müssen",    "morgen",
        "heute",   "Größe", "Straße", "Bücher",  "schön",  "Überweisung", "Rechnung", "Termin",    "Besprechung",
        "nächste", "Woche", "Anhang", "bitte",   "prüfen", "Änderung",    "Vertrag",  "zurück",    "möglich",
        "während", "gemäß", "Büro",   "München", "Köln",   "fünf",        "zwölf",    "natürlich", "ausführlich"},
       {"Grüße aus München", "Rechnung für März", "Änderung am Vertrag", "Rückfrage zur Überweisung"},
       {"Jürgen Müller", "Käthe Schäfer", "Björn Größer"},
       {"quoted-printable", "8bit"}},
      {"windows-1252",
       {"le",      "la",      "les",   "été",      "être",     "où",       "déjà",  "réunion", "à",
        "bientôt", "très",    "merci", "élève",    "façon",    "garçon",   "œuvre", "cœur",    "€",
        "facture", "dossier", "pièce", "jointe",   "équipe",   "délai",    "prévu", "mañana",  "señor",
        "año",     "también", "niño",  "“projet”", "l’équipe", "d’accord", "Noël",  "hôtel",   "forêt"},
       {"Réunion d’équipe", "Votre facture à régler", "L’été prochain", "Señor Muñoz – presupuesto"},
       {"François Lefèvre", "Zoë Brontë", "Iñigo Muñoz"},
       {"quoted-printable", "8bit", "base64"}},
      {"koi8-r",
       {"и",       "в",          "не",       "на",     "что",     "это",    "как",     "мы",     "письмо",
        "вопрос",  "ответ",      "встреча",  "завтра", "сегодня", "отчёт",  "договор", "счёт",   "оплата",
        "спасибо", "пожалуйста", "проект",   "неделя", "время",   "работа", "система", "ошибка", "версия",
        "список",  "документ",   "вложение", "срок",   "дом",     "город",  "поезд",   "билет",  "погода"},
       {"Отчёт за неделю", "Вопрос по договору", "Встреча завтра", "Счёт на оплату"},
       {"Анна Кузнецова", "Пётр Иванов", "Ольга Смирнова"},
       {"8bit", "base64", "quoted-printable"}},
      {"iso-2022-jp",
       {"会議",         "資料",
        "お疲れ様です", "よろしくお願いします",
        "明日",         "今日",
        "確認",         "予定",
        "東京",         "大阪",
        "報告",         "契約",
        "請求書",       "ありがとうございます",
        "添付",         "メール",
        "システム",     "障害",
        "対応",         "検討",
        "連絡",         "電話",
        "来週",         "今週",
        "質問",         "回答",
        "プロジェクト", "変更",
        "納期",         "見積",
        "天気",         "家族",
        "学校",         "旅行",
        "写真",         "誕生日"},
       {"会議の資料について", "明日の予定", "請求書の送付", "障害対応の報告"},
       {"田中 太郎", "鈴木 花子", "佐藤 健"},
       {"7bit"},
       ""},
      {"gb18030",
       {"我们", "会议", "项目", "您好", "谢谢", "附件", "合同", "发票", "付款", "明天", "今天", "下周",
        "时间", "地点", "北京", "上海", "客户", "产品", "质量", "问题", "回复", "请",   "确认", "报告",
        "数据", "系统", "更新", "版本", "测试", "旅行", "机票", "酒店", "家人", "学校", "照片", "生日"},
       {"关于会议的通知", "合同附件", "项目进度报告", "发票和付款"},
       {"王伟", "李娜", "张敏"},
       {"base64", "8bit"},
       ""},
      {"utf-8",
       {"naïve",      "café",    "résumé", "Ωμέγα",     "καλημέρα", "ευχαριστώ", "projekt", "zażółć",   "gęślą",
        "jaźń",       "Čeština", "příliš", "žluťoučký", "kůň",      "שלום",      "תודה",    "مرحبا",    "شكرا",
        "ありがとう", "谢谢",    "🎉",      "🚀",         "👍",        "☕",         "—",       "“quoted”", "…",
        "naš",        "şehir",   "güzel",  "ışık",      "Việt",     "đường",     "한국어",  "회의",     "감사합니다"},
       {"Café ☕ tomorrow?", "Zażółć gęślą jaźń", "회의 일정", "🎉 We shipped it 🚀"},
       {"Łukasz Żak", "김민수", "Ελένη Παπαδοπούλου"},
       {"8bit", "quoted-printable", "base64"}},
  };
}

}  // namespace mailmgr::sandbox

"""The Hindi words from 0 to 99: the spelling that the course teaches, and others that are also in use.

Standard: the list "एक से सौ तक संख्यावाचक शब्दों का मानक रूप", settled by linguists whom the Central Hindi Directorate
(केंद्रीय हिंदी निदेशालय) called together on 5 and 6 February 1980, as reproduced on teachersofindia.org. Only its part
up to 50 could be read when this file was made (its सताईस, तैतालिस and सैंतालिस look like misprints).
The words from 51 on were written down from knowledge of the same list and compared with Unicode's; the one systematic
difference, -नवे and not -नबे from 91 to 99, is also that of Kamta Prasad Guru's grammar (हिंदी व्याकरण, section 170).
The list itself prints 15 as पन्द्रह; here it is पंद्रह, by the Directorate's later rule on the anusvara before a consonant
of its class.

Accepted: Unicode's spelling (CLDR, hi.xml) where it differs, and what the Nagari Pracharini Patrika lists beside it or
dictionaries and school books also print. The course never writes these.
"""

ROWS = (
    "शून्य एक दो तीन चार पाँच छह सात आठ नौ",
    "दस ग्यारह बारह तेरह चौदह पंद्रह सोलह सत्रह अठारह उन्नीस",
    "बीस इक्कीस बाईस तेईस चौबीस पच्चीस छब्बीस सत्ताईस अट्ठाईस उनतीस",
    "तीस इकतीस बत्तीस तैंतीस चौंतीस पैंतीस छत्तीस सैंतीस अड़तीस उनतालीस",
    "चालीस इकतालीस बयालीस तैंतालीस चवालीस पैंतालीस छियालीस सैंतालीस अड़तालीस उनचास",
    "पचास इक्यावन बावन तिरपन चौवन पचपन छप्पन सत्तावन अट्ठावन उनसठ",
    "साठ इकसठ बासठ तिरसठ चौंसठ पैंसठ छियासठ सड़सठ अड़सठ उनहत्तर",
    "सत्तर इकहत्तर बहत्तर तिहत्तर चौहत्तर पचहत्तर छिहत्तर सतहत्तर अठहत्तर उनासी",
    "अस्सी इक्यासी बयासी तिरासी चौरासी पचासी छियासी सत्तासी अट्ठासी नवासी",
    "नब्बे इक्यानवे बानवे तिरानवे चौरानवे पंचानवे छियानवे सत्तानवे अट्ठानवे निन्यानवे",
)
STANDARD = [word for row in ROWS for word in row.split()]

ACCEPTED = {
    5: ["पांच"],
    6: ["छः", "छै"],
    15: ["पन्द्रह"],
    27: ["सताईस"],
    31: ["इकत्तीस"],
    44: ["चौवालीस"],
    51: ["इकावन"],
    53: ["तिरेपन"],
    63: ["तिरेसठ"],
    75: ["पछत्तर"],
    79: ["उन्यासी"],
    81: ["इकासी"],
    87: ["सतासी"],
    88: ["अठासी"],
    90: ["नव्वे"],
    91: ["इक्यानबे", "इकानवे"],
    92: ["बानबे"],
    93: ["तिरानबे"],
    94: ["चौरानबे"],
    95: ["पंचानबे", "पचानवे"],
    96: ["छियानबे"],
    97: ["सत्तानबे"],
    98: ["अट्ठानबे"],
    99: ["निन्यानबे"],
}

"""How the demo's experts came to be verified: their profile and the answers they gave, by domain.

They go through the real interview with the written questions, so that the review page has something to show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SeededDossier:
    """Profile entries as (kind, fields), and answers given one after the other, from the start again when used up.

    ``specialties`` and ``level``: what the reviewer found; licences and languages have been looked up.
    """

    claims: Sequence[tuple[str, Mapping[str, Any]]]
    answers: Sequence[str]
    specialties: Sequence[str] = ()
    level: int | None = None


_ENGLISH = ("language", {"code": "en", "proficiency": "native"})
DOSSIERS: Mapping[str, SeededDossier] = {
    "law": SeededDossier(
        specialties=("commercial_contracts", "litigation"), level=4,
        claims=(
            ("education", {"school": "University of Northmoor", "degree": "LL.M.", "field": "Commercial law", "start_year": 2008, "end_year": 2013}),
            ("work", {"employer": "Harbour & Quill LLP", "title": "Associate, commercial contracts", "start": "2014-02", "end": None,
                      "description": "Drafting and negotiating supply and software agreements; first-instance commercial litigation."}),
            _ENGLISH,
        ),
        answers=(
            "Last year I advised a software supplier whose customer refused the final instalment. I first isolated the issues: was acceptance "
            "deemed under the contract, did the limitation of liability clause cover loss of profit, and had the notice period run. "
            "The facts decided the order: I asked for the acceptance protocol before I looked at any case law.",
            "I start with the wording of the statute, then its purpose and the materials, and only then the commentaries. In one matter the "
            "definition of consumer was unclear, so I compared the directive behind it and two appellate decisions before advising.",
            "When I draft, I define each term once and keep obligations in the active voice. For example I rewrote an indemnity so that the "
            "trigger, the cap and the procedure for notice stood in three short paragraphs; the other side accepted it with one change.",
            "I check conflicts of interest before I read any document, and I keep privilege in mind with every e-mail: who is copied, what is "
            "advice and what is not. Once we declined a mandate because a partner had acted for the counterparty.",
            "I calendar limitation periods twice and serve early. In a debt claim I filed in the court named by the jurisdiction clause, and "
            "asked for an interim order because assets were leaving.",
            "To a client I write the answer first, then the risk, then what I need from them, without citations unless they ask.",
        ),
    ),
    "medicine": SeededDossier(
        specialties=("internal_medicine", "cardiology"), level=4,
        claims=(
            ("education", {"school": "Saltmarsh Medical School", "degree": "MD", "field": "Medicine", "start_year": 2003, "end_year": 2009}),
            ("work", {"employer": "Eastgate District Hospital", "title": "Consultant, internal medicine", "start": "2016-09", "end": None,
                      "description": "Acute admissions, ward rounds, weekly heart-failure clinic."}),
            _ENGLISH,
        ),
        answers=(
            "A man in his sixties came with breathlessness. I took the history first: onset, orthopnoea, ankle swelling, drugs. On examination "
            "crackles and a raised jugular venous pressure; my differential diagnosis was heart failure, pneumonia and pulmonary embolism, "
            "and I ordered an ECG, chest X-ray and natriuretic peptide to tell them apart.",
            "Before I prescribe I check renal function, allergies, interactions and what the patient really takes. For example I halved a dose "
            "of a renally cleared anticoagulant after the eGFR had fallen, and wrote down why and when to check again.",
            "Red flags for me are chest pain with syncope, sepsis signs, a new focal deficit. In one case a normal first troponin did not "
            "reassure me because of the story; I repeated it after three hours and admitted her.",
            "I read a trial from the population and the comparator to the absolute risk reduction, and ask whether my patient would have been "
            "included. A relative risk without the baseline says little.",
            "I explain in plain words, one thing at a time, and ask the patient to tell me back what we agreed. Consent includes the option "
            "to do nothing.",
            "I anonymise before I discuss a case, and I document what I found, what I thought, and the plan, the same day.",
        ),
    ),
    "finance": SeededDossier(
        specialties=("credit_analysis", "equity_research"), level=4,
        claims=(
            ("education", {"school": "Linden School of Economics", "degree": "MSc", "field": "Accounting and finance", "start_year": 2009, "end_year": 2014}),
            ("work", {"employer": "Millrace Asset Management", "title": "Senior credit analyst", "start": "2015-04", "end": None,
                      "description": "Analysis of industrial issuers, covenant reviews, quarterly earnings models."}),
            _ENGLISH,
        ),
        answers=(
            "I read the cash flow statement first. At one industrial issuer earnings grew while operating cash flow fell; receivables had "
            "stretched by twenty days, so I looked at revenue recognition and found extended payment terms in the notes.",
            "I value a company with discounted cash flow and check it against multiples of peers. For example I lowered the terminal growth "
            "rate when the sensitivity table showed that it carried most of the value, and explained the discount rate line by line.",
            "For credit risk I look at leverage, interest cover and the maturity profile, then at covenants. In one case headroom under the "
            "net debt to EBITDA covenant was under ten per cent, and we cut the position before the waiver request.",
            "Materiality guides what I raise: I reconcile segment figures to the consolidated statements and ask about anything that does "
            "not tie. Under IFRS 16 I adjusted lease liabilities before comparing peers.",
            "I keep inside information apart: if I hear something price-sensitive I stop, tell compliance and do not trade or write.",
            "When I report I put the conclusion first, then the assumptions and what would change my mind.",
        ),
    ),
}

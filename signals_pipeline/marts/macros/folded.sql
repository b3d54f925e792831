-- A text in the form in which names are compared: SELECT folded('End–to–End'). Case, width, and kinds of dashes and of
-- single quotes make no difference, and a hyphen between two words is a blank.

-- As topics/folding.py folds what people type. A chain of hyphens takes two passes, since a match takes the word
-- behind its hyphen.
CREATE OR REPLACE MACRO folded(text) AS regexp_replace(
    regexp_replace(
        translate(
            replace(lower(nfc_normalize(CAST(text AS VARCHAR))), 'ß', 'ss'),
            '‐‑‒–—―−﹣－‘’‚‛′＇´`ʼ０１２３４５６７８９ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ＃＋＆．',
            '---------''''''''''''''''''0123456789abcdefghijklmnopqrstuvwxyz#+&.'
        ),
        '(\p{L}{2})-(\p{L}{2})', '\1 \2', 'g'
    ),
    '(\p{L}{2})-(\p{L}{2})', '\1 \2', 'g'
)

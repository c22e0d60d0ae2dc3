"""A wish for no more texts is understood in plain words and with slips; what only sounds like one is not."""

import pytest

from inbox.messaging.refusals import is_refusal

REFUSALS = """
Please stop texting me
pls stpo txting me
stop it
Stop!
STOP PLEASE
plese stop textign me
stop sending me these messages
dont text me again
don't text me anymore
Do not contact me
no more texts please
Unsubscribe me please
unsubscibe
take me off your list
remove me from this list pls
lose my number
Leave me alone. Bye
I want to opt out
I don't want to receive any more messages
quit texting me
I withdraw my consent
I revoke my consent
revoke consent
I no longer wish to receive texts
I do not want to be contacted
Do not text
Please don't message this number
end texts
This number is wrong stop
no mas
Para ya
pare por favor
Bitte keine SMS mehr
Bitte schreiben Sie mir nicht mehr
Schreib mir nicht mehr!
Ich möchte nicht mehr angeschrieben werden
Hören Sie auf mir zu schreiben
Löschen Sie bitte meine Nummer
Lassen Sie mich in Ruhe
ich möchte mich abmelden
keine weiteren Nachrichten
No me escriban más
no me manden mas mensajes por favor
Dejen de escribime
No quiero recibir más mensajes
quiero darme de baja
borren mi número
Déjenme en paz
¡Basta!
"""
OTHERS = """
I'll stop by at 3
Is there a bus that stops there? Message me
I quit smoking. Text me
Can you stop by tomorrow?
please don't stop texting me
Don't text me before 9, I'm on nights
don't contact me on that email, use this number
I can't text at work, call me
No more questions from me, thanks
Leave it with me
Can we cancel the interview on Friday?
When does the contract end?
Do not call me, text me
I don't want to be contacted before 9
I did not message this morning, sorry
When does it end? Text me
Wrong number of hours on my slip
Ich kann heute nicht mehr, morgen?
Ich habe keine Nachricht bekommen
Hören Sie, ich komme später
Meine Nummer ist neu
Sí, para el lunes
para el lunes
No me escribieron ayer
No quiero ese turno
"""


@pytest.mark.parametrize("text", REFUSALS.strip().splitlines())
def test_a_wish_for_no_more_texts_is_understood(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize("text", [*OTHERS.strip().splitlines(), "", "👍", "stop texting me " + "word " * 100])
def test_what_only_sounds_like_one_is_not(text: str) -> None:
    assert not is_refusal(text)

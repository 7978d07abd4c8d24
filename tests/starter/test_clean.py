"""The clean list: what it replaces, what it drops, and that good words stay."""

from creative.starter.recipe.clean import REPLACED, clean_text, find_listed, is_dropped


def test_old_words_get_a_word_of_today() -> None:
    assert clean_text('"Come, pussy!" she ejaculated.') == '"Come, kitty!" she exclaimed.'


def test_capitals_and_the_article_follow_the_new_word() -> None:
    assert clean_text("A queer gay tune. Queer! AN ASS.") == "An odd merry tune. Odd! A DONKEY."


def test_a_phrase_is_replaced_whole() -> None:
    assert clean_text("He made love to her by letter.") == "He courted her by letter."


def test_words_that_only_look_alike_stay() -> None:
    text = "The class passed; peacocks and cocktails; a grass snake; Assyria."
    assert clean_text(text) == text
    assert find_listed(text) == []


def test_a_document_with_a_slur_is_left_out() -> None:
    assert is_dropped("The darky laughed.")
    assert not is_dropped("It was dark and the darkening road was long.")


def test_nothing_on_the_list_is_put_in_by_the_list() -> None:
    for new in REPLACED.values():
        assert find_listed(new) == []


def test_cleaned_text_holds_no_listed_word() -> None:
    text = " ".join(REPLACED)
    assert find_listed(clean_text(text)) == []

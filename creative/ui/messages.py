"""How a refusal is told on the page: the one place where an error becomes words for a person."""

from __future__ import annotations

from creative.errors import CreativeError

_CHINESE = {
    "MissingField": ("提要里还有必答的问题没有填。", "填好后再写一次。"),
    "BadValue": ("有一个值用不了。", "改一改再试。"),
    "TextTooLong": ("文字太长了。", "删短一些，或分成几份文稿。"),
    "DoesNotFit": ("这个模型装不进这台机器的内存。", "换一个小一些的模型，原来的模型还在用。"),
    "ModelUnreachable": ("取不到这个模型。", "检查网络和模型名，原来的模型还在用。"),
    "ModelGated": ("这个模型要先在网站上同意许可。", "同意后再选一次，原来的模型还在用。"),
    "ModelDamaged": ("模型文件不完整或不安全。", "重新下载，或换一个模型。"),
    "EngineUnreachable": ("写作的服务器没有应答。", "稍后再试，文字都在。"),
    "EngineFailed": ("模型写不下去了，你的文字都在。", "再试一次，或把提要写短一些。"),
    "AdapterMismatch": ("这个笔调是给另一个模型训练的。", "换一个笔调，或换回那个模型。"),
    "NotAllowed": ("只有主人可以这样做。", "自己运行一份，就都可以做。"),
    "DraftNotFound": ("没有这份文稿或这个版本。", "在“我的文稿”里打开一份，或新写一份。"),
    "StorageFull": ("磁盘满了，或写不进去。", "先导出一份留底，再腾出空间。"),
    "StorageDamaged": ("存文稿的文件坏了。", "先导出这一页留底。"),
    "UnknownForm": ("没有这种文体。", "从上面的标签里选一个。"),
    "UnknownVoice": ("没有这个笔调。", "重新选一个笔调。"),
    "UnknownAction": ("这种文体没有这个操作。", "换一个操作。"),
    "UnknownModel": ("没有这个模型。", "从列表里选一个。"),
    "UnknownFormat": ("这种文体不能导出成这个格式。", "换一个格式。"),
}


def tell(error: CreativeError, language: str) -> dict[str, str]:
    """Give a refusal as the page shows it: `kind`, `message`, `hint`, in the page's language."""
    kind = type(error).__name__
    message, hint = error.message, error.hint
    if language == "zh":
        message, hint = _CHINESE.get(kind, (message, hint))
    return {"kind": kind, "message": message, "hint": hint}

"""More room in a trained model: new units beside each layer's MLP, which change nothing until they are trained.

That growth may keep what a model computes is Net2Net's idea (Chen et al. 2016, arXiv:1511.05641). There units are
copied; here they are drawn at random, and their way out is zero. While they are trained they stand by themselves, so
that they can learn faster than the units that already know; a saved model has one MLP.
"""

from __future__ import annotations

import copy

import torch
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.models.llama.modeling_llama import LlamaMLP

NEW = ".new."
"""What stands in the name of every new weight while it is trained."""


class WidenedMLP(nn.Module):
    """A layer's MLP and its new units; what they give is added."""

    def __init__(self, old: LlamaMLP, config: LlamaConfig, units: int) -> None:
        super().__init__()
        self.old = old
        self.new = LlamaMLP(_with_units(config, units))
        for way_in in (self.new.gate_proj, self.new.up_proj):
            nn.init.normal_(way_in.weight, std=config.initializer_range)
        nn.init.zeros_(self.new.down_proj.weight)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """The old units' answer with the new ones' added."""
        return self.old(hidden) + self.new(hidden)


def widen(model: LlamaForCausalLM, units: int) -> None:
    """Put `units` new units beside the MLP of every layer; the model computes what it did before."""
    for layer in model.model.layers:
        layer.mlp = WidenedMLP(layer.mlp, model.config, units).to(layer.mlp.up_proj.weight.device)


def plain(model: LlamaForCausalLM) -> LlamaForCausalLM:
    """A copy as a plain Llama: old and new units of each layer in one MLP."""
    weights = dict(model.state_dict())
    units = model.config.intermediate_size
    for name in [name for name in weights if NEW in name]:
        new, old = weights.pop(name), weights.pop(name.replace(NEW, ".old."))
        sides = 1 if ".down_proj." in name else 0
        joined = torch.cat([old, new], dim=sides)
        units = joined.shape[sides]
        weights[name.replace(NEW, ".")] = joined
    whole = LlamaForCausalLM(_with_units(model.config, units))
    whole.load_state_dict(weights)
    whole.generation_config = model.generation_config
    return whole


def _with_units(config: LlamaConfig, units: int) -> LlamaConfig:
    changed = copy.deepcopy(config)
    changed.intermediate_size = units
    return changed

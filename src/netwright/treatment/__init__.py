"""Treatment: the cause by experiment, the remedy as an edit of the recipe, the proof on untouched rows."""

from netwright.treatment.branches import Branch, Experiment
from netwright.treatment.history import Attempt, Treatment
from netwright.treatment.judgement import Comparison
from netwright.treatment.remedy import Remedy
from netwright.treatment.treat import treat_model

__all__ = ["Attempt", "Branch", "Comparison", "Experiment", "Remedy", "Treatment", "treat_model"]

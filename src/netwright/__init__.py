"""netwright: data in; out comes a trained neural network together with the evidence."""

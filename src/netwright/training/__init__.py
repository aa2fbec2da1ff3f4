"""What a network is trained with: losses, optimizers, schedules, regularisation, and the loop."""

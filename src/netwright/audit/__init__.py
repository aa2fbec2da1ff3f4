"""What is wrong with rows and columns: label errors, copies, outliers, drift, and what each costs."""

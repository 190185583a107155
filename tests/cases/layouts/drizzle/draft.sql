nothing that is applied

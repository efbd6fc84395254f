# What a weather station knows, one module each.

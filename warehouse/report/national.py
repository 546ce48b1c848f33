def write(file, folder):
    return []

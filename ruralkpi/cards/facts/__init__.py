"""What a card says: content is read once from the marts; the other modules turn it into lines, sentences and lists."""

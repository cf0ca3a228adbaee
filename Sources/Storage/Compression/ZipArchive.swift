import CZip

/// A zip archive, such as numpy's `.npz`.
final class ZipArchive: Sendable {
  private let path: String
  private let names: Set<String>

  /// - Throws: `StorageError.malformed`.
  init(_ path: String) throws {
    self.path = path
    names = try Self.withArchive(path) { archive in
      Set(
        (0..<zip_get_num_entries(archive, 0)).compactMap { number in
          zip_get_name(archive, zip_uint64_t(number), 0).map { String(cString: $0) }
        })
    }
  }

  /// Whether the archive has an entry with this name.
  func holds(_ name: String) -> Bool { names.contains(name) }

  /// Decompresses an entry and verifies its checksum.
  ///
  /// - Parameter name: name of an existing entry.
  /// - Returns: an unlinked temporary file.
  /// - Throws: `StorageError.malformed` for damage; `.cannotCreate`, `.writeFailed`.
  func unpacked(_ name: String) throws -> InputFile {
    try UnpackedFile.make(of: path + "#" + name) { write in
      try Self.withArchive(path) { archive in
        guard let entry = zip_fopen(archive, name, 0) else {
          throw Self.fault(path, String(cString: zip_strerror(archive)))
        }
        defer { zip_fclose(entry) }
        while true {
          var piece = [UInt8](repeating: 0, count: UnpackedFile.pieceBytes)
          let count = zip_fread(entry, &piece, zip_uint64_t(piece.count))
          guard count >= 0 else { throw Self.fault(path, String(cString: zip_file_strerror(entry))) }
          guard count > 0 else { return }
          try write(Array(piece.prefix(Int(count))))
        }
      }
    }
  }

  /// Opens the archive for one use, because libzip allows an open archive to be used by one thread only.
  private static func withArchive<Result>(_ path: String, _ body: (OpaquePointer) throws -> Result) throws
    -> Result
  {
    var code: Int32 = 0
    guard let archive = zip_open(path, ZIP_RDONLY, &code) else {
      var error = zip_error_t()
      zip_error_init_with_code(&error, code)
      defer { zip_error_fini(&error) }
      throw fault(path, String(cString: zip_error_strerror(&error)))
    }
    defer { zip_discard(archive) }
    return try body(archive)
  }

  private static func fault(_ path: String, _ reason: String) -> StorageError {
    .malformed(path: path, reason: "damaged zip archive (\(reason))")
  }
}

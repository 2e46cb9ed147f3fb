"""What the page says about receipt printers, in Japanese and English."""

from typing import Final

PRINTER_WORDS: Final[dict[str, tuple[str, str]]] = {
    "printer": ("レシートプリンター", "Receipt printer"),
    "printer_choose": ("プリンターを選ぶ", "Choose a printer"),
    "printer_how": (
        "店舗の機器から届いたものが、ここから出ます。",
        "What the store's box sends comes out here.",
    ),
    "printer_empty": ("まだ何も印刷されていません。", "Nothing was printed yet."),
    "printer_paper": ("出てきた紙", "Paper that came out"),
    "printer_tear": ("手でちぎる", "Tear by hand"),
    "printer_bin": ("くずかごへ", "Into the bin"),
    "printer_ready": ("印刷できます", "ready"),
    "printer_printing": ("受信中", "receiving"),
    "printer_off": ("電源 切", "switched off"),
    "printer_paper_out": ("紙がありません", "out of paper"),
    "printer_cover_open": ("ふたが開いています", "cover open"),
    "printer_cable": ("ケーブルが抜けています", "cable pulled"),
    "printer_away": ("応答なし", "no answer"),
    "printer_piece": ("{at} に出た紙", "paper of {at}"),
    "printer_hanging": ("まだ切れていない紙", "paper that still hangs"),
    "printer_drawer": ("ドロワーが開きました ×{n}", "drawer opened ×{n}"),
    "printer_drawer_count": ("ドロワー {n} 回", "drawer: {n}"),
    "printer_waiting": ("印刷待ち {n} バイト", "{n} bytes wait"),
    "printer_ignored": ("わからない命令 {n} 件", "{n} commands not understood"),
    "printer_faults": ("プリンターの不具合", "Printer faults"),
    "printer_fault_set": ("起こす", "Cause"),
    "printer_fault_is_set": ("発生中", "On"),
    "printer_mend": ("すべて直す", "Mend all"),
    "printer_log": ("プリンターの記録", "Printer's log"),
    "printer_fault_off": ("プリンターの電源を切る", "Switched off"),
    "printer_fault_off_how": (
        "つながらなくなり、まだ印刷していない分は消えます。",
        "Nobody can connect; what was not printed yet is gone.",
    ),
    "printer_fault_paper_out": ("ロール紙が切れる", "Roll at its end"),
    "printer_fault_paper_out_how": (
        "指定の行数（なければ今すぐ）で止まり、直すと続きを印刷します。",
        "Stops after so many lines, or at once; goes on when mended.",
    ),
    "printer_fault_cover_open": ("ふたを開ける", "Cover open"),
    "printer_fault_cover_open_how": (
        "印刷が止まります。閉めると続きを印刷します。",
        "Printing stops, and goes on when it is closed.",
    ),
    "printer_fault_cable": ("ケーブルが抜ける", "Cable pulled"),
    "printer_fault_cable_how": (
        "指定のバイト数（なければ今すぐ）で通信が切れ、直すまでつながりません。",
        "The connection breaks after so many bytes, or at once, until mended.",
    ),
    "printer_fault_slow": ("遅い", "Slow"),
    "printer_fault_slow_how": (
        "一行ごとに指定の秒数（なければ 0.2 秒）かかります。",
        "Takes so many seconds for each line (0.2).",
    ),
    "printer_parameter_lines": ("行", "lines"),
    "printer_parameter_bytes": ("バイト", "bytes"),
    "printer_parameter_seconds": ("秒", "seconds"),
}
"""Key → (Japanese, English)."""

OF_SCRIPT: Final = (
    "ready",
    "printing",
    "off",
    "paper_out",
    "cover_open",
    "cable",
    "away",
    "piece",
    "hanging",
    "drawer",
    "drawer_count",
    "waiting",
    "ignored",
    "fault_set",
    "fault_is_set",
)
"""What the script itself says; `{names}` in it are filled in there."""

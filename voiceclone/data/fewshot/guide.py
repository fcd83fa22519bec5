"""How to record a voice for cloning, in English and Chinese."""

from voiceclone.data.fewshot.checks import LEAST_SNR_DB, MINIMUM_SECONDS, WANTED_SECONDS

GUIDE = f"""\
HOW TO RECORD A VOICE

* Length: {WANTED_SECONDS:g} seconds of speech at least, better 60. Nothing comes of less than {MINIMUM_SECONDS:g}.
* Format: wav or flac, mono, 16 kHz or more (44.1 or 48 kHz is fine). No voice messages, no Bluetooth headset.
* Place: a quiet room with curtains and carpets; windows closed, no music, no fan, nobody else speaking.
  The voice should be {LEAST_SNR_DB:g} dB or more above the noise.
* Distance: a hand's width or two (20 cm) from the microphone, always the same. The loudest word must not clip.
* What to say: ten to twenty whole sentences of about 5 seconds, as you would to a friend, with a pause of half a
  second between them. Statements and questions both:
      The weather is fine today.              Are you going out?
      We took the early train to the coast.   Which of the two did she like better?
      今天天气很好，你打算出门吗？
* One file a sentence is best, one long file will do. Write down what you said: <name>|<text>, a line for each file,
  or <clip>.txt beside <clip>.wav.
* Record your own voice, or that of somebody who agreed to it, and say so: consent="<who agreed to what, and when>".

怎样录音

* 时长：至少{WANTED_SECONDS:g}秒有声语音，最好一分钟。少于{MINIMUM_SECONDS:g}秒无法使用。
* 格式：wav 或 flac,单声道，采样率 16 kHz 以上(44.1 或 48 kHz 均可)。不要用语音消息，不要用蓝牙耳机。
* 环境：安静的房间，最好有窗帘和地毯；关上窗户，没有音乐、风扇声和别人说话的声音。
  人声应比噪声高 {LEAST_SNR_DB:g} dB 以上。
* 距离：离麦克风约 20 厘米，保持不变。最响的字也不能爆音。
* 内容：十到二十个完整的句子，每句五秒左右，像平常聊天一样自然地说，句间停半秒。陈述句和疑问句都要有，例如：
      今天天气很好，你打算出门吗？
      我们坐早班火车去海边。
      这两件衣服，你更喜欢哪一件？
* 最好一句一个文件，一个长文件也可以。请写下所说的内容：每行 <文件名>|<文字>,或在 <录音>.wav 旁放 <录音>.txt。
* 只录自己的声音，或已同意的人的声音，并注明：consent="谁、何时、同意做什么"。
"""
